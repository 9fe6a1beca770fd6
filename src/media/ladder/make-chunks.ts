import { rm } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { finishFile } from '../../storage/replace-file';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { probeOutput } from '../archive/probe-media';
import { chunkArgs, chunkRange } from './chunk-args';
import { sizeOf, unfinishedName } from './files';
import { fps } from './frame-rate';
import type { LadderPaths } from './names';
import { chunkCount, type PlannedVideo } from './plan';

export interface WorkContext {
  original: string;
  paths: LadderPaths;
  ffmpegPath: string;
  ffprobePath: string;
  signal: AbortSignal;
  /** As `FfmpegJob` takes it. */
  hostile?: { deadlineMs: number };
}

/** Encodes every chunk that is not there yet, one after the other. `onFrames` is told the frames that are done. */
export async function makeChunks(
  context: WorkContext,
  video: PlannedVideo,
  onFrames: (chunk: number, frames: number) => void,
): Promise<void> {
  for (let chunk = 0; chunk < chunkCount(video); chunk += 1) {
    const { first, frames } = chunkRange(video, chunk);
    onFrames(chunk, first);
    if (!(await isThere(context, video, chunk)))
      await makeChunk(context, video, chunk, (done) => onFrames(chunk, first + Math.min(frames, done)));
    onFrames(chunk, first + frames);
  }
}

async function isThere({ paths }: WorkContext, video: PlannedVideo, chunk: number): Promise<boolean> {
  for (const { name } of video.renditions) {
    if ((await sizeOf(paths.chunk(name, chunk))) === null) return false;
  }
  return true;
}

async function makeChunk(
  context: WorkContext,
  video: PlannedVideo,
  chunk: number,
  onDone: (frames: number) => void,
): Promise<void> {
  const { paths, signal } = context;
  const names = video.renditions.map(({ name }) => name);
  const outputs = new Map(names.map((name) => [name, unfinishedName(paths.chunk(name, chunk))]));
  const perMs = fps(video.frameRate) / 1000;
  try {
    await runFfmpeg({
      path: context.ffmpegPath,
      args: chunkArgs(video, chunk, context.original, outputs),
      output: [...outputs.values()][0]!,
      signal,
      hostile: context.hostile,
      onTime: (outTimeMs) => onDone(Math.max(0, Math.floor(outTimeMs * perMs))),
    });
    for (const file of outputs.values()) await verifyChunk(context, file, chunkRange(video, chunk).frames);
    for (const [name, file] of outputs) await finishFile(file, paths.chunk(name, chunk));
  } finally {
    for (const file of outputs.values()) await rm(file, { force: true });
  }
}

/** Fewer frames than the original's index promises: what they were made of is not there. */
async function verifyChunk({ ffprobePath, signal }: WorkContext, file: string, frames: number) {
  const { streams = [] } = await probeOutput(ffprobePath, file, signal);
  const found = Number(streams[0]?.nb_frames ?? 0);
  if (found !== frames)
    throw new CodedError('RECORDING_DAMAGED', `the original gave ${found} of ${frames} frames`);
}

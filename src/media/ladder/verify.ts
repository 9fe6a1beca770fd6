import { rm } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { probeOutput, type ProbedStream, type ProbeOutput } from '../archive/probe-media';
import { chunkRange } from './chunk-args';
import { framesToSeconds, type FrameRate } from './frame-rate';
import type { WorkContext } from './make-chunks';
import { chunkCount, type PlannedVideo } from './plan';

/** What a finished MP4 has to be. */
export interface Wanted {
  video: { width: number; height: number; totalFrames: number; frameRate: FrameRate } | null;
  audio: { durationMs: number } | null;
}

type Probing = Pick<WorkContext, 'ffprobePath' | 'signal'>;

/** Rounding of either clock. */
const TOLERANCE_MS = 50;

/** Null where a file is what it should be. */
export async function wrongWith(context: Probing, file: string, wanted: Wanted): Promise<string | null> {
  const { streams = [] } = (await probed(context, file)) ?? {};
  const wrong: string[] = [];
  const differs = (what: string, found: unknown, right: unknown) => {
    if (found !== right) wrong.push(`${what} is ${String(found)} instead of ${String(right)}`);
  };
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  differs('having a picture', video !== undefined, wanted.video !== null);
  differs('having sound', audio !== undefined, wanted.audio !== null);
  if (video && wanted.video) {
    differs('its size', `${video.width}x${video.height}`, `${wanted.video.width}x${wanted.video.height}`);
    differs('its number of frames', Number(video.nb_frames), wanted.video.totalFrames);
    lasts(video, framesToSeconds(wanted.video.totalFrames, wanted.video.frameRate) * 1000, wrong);
  }
  if (audio && wanted.audio) lasts(audio, wanted.audio.durationMs, wrong);
  return wrong.length === 0 ? null : wrong.join(', ');
}

function lasts(stream: ProbedStream, wantedMs: number, wrong: string[]): void {
  const foundMs = Number(stream.duration ?? 0) * 1000;
  if (!(Math.abs(foundMs - wantedMs) <= TOLERANCE_MS))
    wrong.push(`its ${stream.codec_type} lasts ${Math.round(foundMs)} instead of ${Math.round(wantedMs)} ms`);
}

/**
 * Names of a rendition's chunks, all whole and with one stream header. Where some are not (another ffmpeg made them before
 * this attempt, a disk lost one), they are removed and TRANSCODE_FAILED is thrown: the next attempt makes them again.
 */
export async function verifyChunks(
  context: WorkContext,
  video: PlannedVideo,
  rendition: string,
): Promise<string[]> {
  const names: string[] = [];
  const bad: string[] = [];
  let header: string | undefined;
  for (let chunk = 0; chunk < chunkCount(video); chunk += 1) {
    names.push(context.paths.chunkName(rendition, chunk));
    const file = context.paths.chunk(rendition, chunk);
    const stream = (await probed(context, file))?.streams?.[0];
    header ??= stream?.extradata_hash;
    const isWhole = Number(stream?.nb_frames) === chunkRange(video, chunk).frames;
    if (!isWhole || stream?.extradata_hash !== header) bad.push(file);
  }
  if (bad.length === 0) return names;
  for (const file of bad) await rm(file, { force: true });
  throw new CodedError(
    'TRANSCODE_FAILED',
    `${bad.length} chunks of ${rendition} do not belong to the others`,
  );
}

/** Null where ffprobe can not read it: our own file, so it is made again, and nothing is lost. */
async function probed(context: Probing, file: string): Promise<ProbeOutput | null> {
  try {
    return await probeOutput(context.ffprobePath, file, context.signal);
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

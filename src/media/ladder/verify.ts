import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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
 * Names of a rendition's chunks, all whole and with one stream header. Where a disk lost one, it is removed; where another
 * ffmpeg made some before this attempt, all are: who is right is not known. TRANSCODE_FAILED is thrown then: the next attempt
 * makes again what lacks.
 */
export async function verifyChunks(
  context: WorkContext,
  video: PlannedVideo,
  rendition: string,
): Promise<string[]> {
  const names: string[] = [];
  const lost: string[] = [];
  const headers = new Set<string | undefined>();
  for (let chunk = 0; chunk < chunkCount(video); chunk += 1) {
    const name = context.paths.chunkName(rendition, chunk);
    names.push(name);
    const stream = (await probed(context, join(context.paths.work, name)))?.streams?.[0];
    if (Number(stream?.nb_frames) === chunkRange(video, chunk).frames) headers.add(stream?.extradata_hash);
    else lost.push(name);
  }
  const wrong = headers.size > 1 ? names : lost;
  for (const name of wrong) await rm(join(context.paths.work, name), { force: true });
  if (wrong.length === 0) return names;
  throw new CodedError('TRANSCODE_FAILED', `${wrong.length} chunks of ${rendition} can not be joined`);
}

/** Null where ffprobe can not read it: our own file, so it is made again, and nothing is lost. */
async function probed(context: Probing, file: string): Promise<ProbeOutput | null> {
  try {
    return await probeOutput(context.ffprobePath, file, context.signal);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'RECORDING_DAMAGED') return null;
    throw error;
  }
}

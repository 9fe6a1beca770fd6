import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { finishFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { probeMedia } from '../archive/probe-media';
import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';
import type { InspectedVideo } from './inspect-video';

/** What an MP4 carries and our encoder's decoder reads; anything else is encoded once more. */
const COPIED_VIDEO: ReadonlySet<string> = new Set(['h264', 'hevc', 'vp9', 'av1', 'mpeg4']);
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-pix_fmt', 'yuv420p'];
/** What every player of ours takes. */
const AAC = ['-c:a', 'aac', '-b:a', '160k', '-ar', '48000', '-ac', '2'];
/** A file that does not tell its length is read for as long at most. */
const MAX_SECONDS = 24 * 60 * 60;
/** More than this and an encode as slow as a tenth of real time: it was made to take long. */
const BASE_DEADLINE_MS = 15 * 60_000;
const SLOWEST_FACTOR = 10;
const UNKNOWN_LENGTH_DEADLINE_MS = 6 * 60 * 60_000;
/** A file that lacks more than this at its end was cut short. */
const MAX_MISSING_MS = 2_000;

export interface PrepareRequest {
  original: string;
  inspected: InspectedVideo;
  target: string;
  ffmpegPath: string;
  ffprobePath: string;
  signal: AbortSignal;
  /** 0...100. */
  onProgress(percent: number): void;
}

/**
 * Makes of an upload the MP4 that everything else is made of: the first picture and the first sound, in a container of our own
 * making with an index at its front; pictures copied where MP4 carries them, sound copied where it is AAC. So the uploader's
 * container is read by this one run only. Rejects with RECORDING_DAMAGED where the file is broken or cut short, or as `runFfmpeg`.
 */
export async function prepareSource(request: PrepareRequest): Promise<{ durationMs: number }> {
  const { inspected, target, signal } = request;
  const unfinished = `${target}.${randomUUID()}${UNFINISHED_SUFFIX}`;
  const args = [...LOG_FLAGS, '-progress', 'pipe:1', '-stats_period', '1', '-y'];
  args.push(...inputFlags(MAX_VIDEO_PIXELS), '-i', request.original, '-map', '0:V:0?', '-map', '0:a:0?');
  args.push('-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1', '-t', String(MAX_SECONDS));
  args.push(...codecs(inspected), '-movflags', '+faststart', '-f', 'mp4', unfinished);
  const deadlineMs =
    inspected.durationMs === null
      ? UNKNOWN_LENGTH_DEADLINE_MS
      : BASE_DEADLINE_MS + SLOWEST_FACTOR * inspected.durationMs;
  const totalMs = inspected.durationMs ?? Infinity;
  try {
    await runFfmpeg({
      path: request.ffmpegPath,
      args,
      output: unfinished,
      signal,
      hostile: { deadlineMs },
      onTime: (ms) => request.onProgress(Math.max(0, Math.min(99, Math.floor((ms / totalMs) * 100)))),
    });
    const { durationMs, video, audio } = await probeMedia(request.ffprobePath, unfinished, signal);
    if (inspected.video && !video) throw new CodedError('RECORDING_DAMAGED', 'its picture can not be read');
    if (inspected.audio && !audio) throw new CodedError('RECORDING_DAMAGED', 'its sound can not be read');
    const missingMs = (inspected.durationMs ?? 0) - durationMs;
    if (missingMs > MAX_MISSING_MS)
      throw new CodedError('RECORDING_DAMAGED', `${Math.round(missingMs)} ms at its end are missing`);
    await finishFile(unfinished, target);
    return { durationMs: Math.round(durationMs) };
  } finally {
    await rm(unfinished, { force: true });
  }
}

const codecs = ({ video, audio }: InspectedVideo): string[] => [
  ...(video && COPIED_VIDEO.has(video.codec) ? ['-c:v', 'copy'] : X264),
  ...(audio?.codec === 'aac' ? ['-c:a', 'copy'] : AAC),
];

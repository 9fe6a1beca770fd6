import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { PREVIEW_PROFILE, THUMBNAIL_PROFILE } from '../../domain/picture-profiles';
import { finishFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';

/** A picture, or some seconds of a small one: a minute is plenty, ten are an attack. */
const DEADLINE_MS = 10 * 60_000;

export interface PictureRequest {
  /** An MP4 of our own making. */
  source: string;
  durationMs: number;
  target: string;
  ffmpegPath: string;
  signal: AbortSignal;
}

const startSeconds = (durationMs: number, fraction: number): string =>
  ((durationMs / 1000) * fraction).toFixed(3);
/** No wider and no higher than that, never enlarged, even sizes. */
const fitted = (longSide: number): string =>
  `scale=w='min(${longSide},iw)':h='min(${longSide},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1`;

/** A JPEG of a moment soon after the beginning. Answers its bytes. Rejects as `runFfmpeg` does. */
export function makeThumbnail(request: PictureRequest): Promise<number> {
  const { longSide, atFraction, quality } = THUMBNAIL_PROFILE;
  return make(request, startSeconds(request.durationMs, atFraction), [
    ...['-frames:v', '1', '-an', '-vf', `${fitted(longSide)},format=yuvj420p`],
    ...['-c:v', 'mjpeg', '-q:v', String(quality), '-f', 'mjpeg'],
  ]);
}

/** A short silent MP4. Answers its bytes. Rejects as `runFfmpeg` does. */
export function makePreview(request: PictureRequest): Promise<number> {
  const { longSide, atFraction, seconds, frameRate, crf } = PREVIEW_PROFILE;
  return make(request, startSeconds(request.durationMs, atFraction), [
    ...['-t', String(seconds), '-an', '-vf', `fps=${frameRate},${fitted(longSide)},format=yuv420p`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf)],
    ...['-movflags', '+faststart', '-f', 'mp4'],
  ]);
}

async function make(request: PictureRequest, from: string, output: string[]): Promise<number> {
  const { source, target, ffmpegPath: path, signal } = request;
  const unfinished = `${target}.${randomUUID()}${UNFINISHED_SUFFIX}`;
  // Not accurate: a clip of one picture has none behind its first instant.
  const args = [
    ...LOG_FLAGS,
    '-y',
    '-noaccurate_seek',
    '-ss',
    from,
    ...inputFlags(MAX_VIDEO_PIXELS),
    '-i',
    source,
  ];
  args.push('-map', '0:v:0', '-map_metadata', '-1', ...output, unfinished);
  try {
    await runFfmpeg({ path, args, output: unfinished, signal, hostile: { deadlineMs: DEADLINE_MS } });
    const { size } = await stat(unfinished);
    if (size === 0) throw new CodedError('RECORDING_DAMAGED', 'no picture came out of it');
    await finishFile(unfinished, target);
    return size;
  } finally {
    await rm(unfinished, { force: true });
  }
}

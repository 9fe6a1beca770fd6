import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import type { PreviewProfile, ThumbnailProfile } from '../../domain/picture-profiles';
import { finishFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';

/** A picture, or some seconds of a small one: a minute is plenty, ten are an attack. */
const DEADLINE_MS = 10 * 60_000;

/** ffmpeg's scale for JPEG, 2 (best) to 31: some 100 kB of the system's size. */
const JPEG_QUALITY = 4;
const PREVIEW_CRF = 28;
const THUMBNAIL_ENCODERS = {
  JPEG: { pixels: 'yuvj420p', flags: ['-c:v', 'mjpeg', '-q:v', String(JPEG_QUALITY), '-f', 'mjpeg'] },
  PNG: { pixels: 'rgb24', flags: ['-c:v', 'png', '-f', 'image2pipe'] },
} as const;

export interface PictureRequest {
  /** An MP4 of our own making. */
  source: string;
  durationMs: number;
  target: string;
  ffmpegPath: string;
  signal: AbortSignal;
}

/** No wider and no higher than that, never enlarged, even sizes. */
const fitted = (longSide: number): string =>
  `scale=w='min(${longSide},iw)':h='min(${longSide},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1`;

/** Fine enough for the moment that a thumbnail shows. */
const THUMBNAIL_FRAME_RATE = 30;

/**
 * From the instant that was sought, at a steady rate. The decoder begins at the key frame before it; and where the sound lasts
 * longer than the picture, the last picture stands.
 */
const fromThere = (frameRate: number, seconds?: number): string => {
  const length = seconds === undefined ? '' : `:duration=${seconds.toFixed(3)}`;
  return `fps=${frameRate},tpad=stop=-1:stop_mode=clone,trim=start=0${length},setpts=PTS-STARTPTS`;
};

/** One picture of it. Answers its bytes. Rejects as `runFfmpeg` does. */
export function makeThumbnail(request: PictureRequest, profile: ThumbnailProfile): Promise<number> {
  const { pixels, flags } = THUMBNAIL_ENCODERS[profile.format];
  return make(request, (request.durationMs / 1000) * profile.atFraction, [
    ...['-frames:v', '1', '-an', '-vf'],
    `${fromThere(THUMBNAIL_FRAME_RATE)},${fitted(profile.longSide)},format=${pixels}`,
    ...flags,
  ]);
}

/** A short silent MP4. Answers its bytes. Rejects as `runFfmpeg` does. */
export function makePreview(request: PictureRequest, profile: PreviewProfile): Promise<number> {
  const { longSide, atFraction, seconds, frameRate } = profile;
  const wholeSeconds = request.durationMs / 1000;
  const from = Math.min(wholeSeconds * atFraction, Math.max(0, wholeSeconds - seconds));
  return make(request, from, [
    ...[
      '-an',
      '-vf',
      `${fromThere(frameRate, Math.min(seconds, wholeSeconds))},${fitted(longSide)},format=yuv420p`,
    ],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(PREVIEW_CRF)],
    ...['-movflags', '+faststart', '-f', 'mp4'],
  ]);
}

async function make(request: PictureRequest, fromSeconds: number, output: string[]): Promise<number> {
  const { source, target, ffmpegPath: path, signal } = request;
  const unfinished = `${target}.${randomUUID()}${UNFINISHED_SUFFIX}`;
  // Not accurate: the pictures before that instant are needed where none comes behind it.
  const args = [
    ...LOG_FLAGS,
    '-y',
    '-noaccurate_seek',
    '-ss',
    fromSeconds.toFixed(3),
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

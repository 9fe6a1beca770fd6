import { rm, writeFile } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { finishFile } from '../../storage/replace-file';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';
import { sizeOf, unfinishedName } from './files';
import { frameClock } from './frame-rate';
import type { WorkContext } from './make-chunks';
import type { LadderPlan, PlannedRendition, PlannedVideo } from './plan';
import { verifyChunks, wrongWith, type Wanted } from './verify';

/** A rendition's chunks and the original's sound, copied into one faststart MP4; one that is there, and right, is kept. */
export async function joinRendition(
  context: WorkContext,
  plan: LadderPlan & { video: PlannedVideo },
  rendition: PlannedRendition,
): Promise<void> {
  const { video, audio } = plan;
  const { paths } = context;
  const target = paths.mp4(rendition.name);
  const wanted = { video: { ...rendition, ...video }, audio };
  if (await isFinished(context, target, wanted)) return;
  const names = await verifyChunks(context, video, rendition.name);
  const list = paths.chunkList(rendition.name);
  const { timescale, ticksPerFrame: ticks } = frameClock(video.frameRate);
  // Chunks are joined at microseconds; frames belong on their own grid.
  const onGrid = `setts=pts=round(PTS/${ticks})*${ticks}:dts=round(DTS/${ticks})*${ticks}`;
  const args = ['-f', 'concat', '-auto_convert', '0', '-i', list];
  if (audio) args.push(...inputFlags(MAX_VIDEO_PIXELS), '-i', context.original);
  args.push('-map', '0:v:0', ...(audio ? ['-map', '1:a:0'] : []), '-c', 'copy');
  args.push('-bsf:v', onGrid, '-video_track_timescale', String(timescale));
  try {
    await writeFile(list, names.map((name) => `file '${name}'\n`).join(''));
    await writeMp4(context, args, target, wanted);
  } finally {
    await rm(list, { force: true });
  }
}

/** The original's sound alone, copied. */
export async function copyAudio(context: WorkContext, plan: LadderPlan, name: string): Promise<void> {
  const target = context.paths.mp4(name);
  const wanted = { video: null, audio: plan.audio };
  if (await isFinished(context, target, wanted)) return;
  await writeMp4(
    context,
    [...inputFlags(MAX_VIDEO_PIXELS), '-i', context.original, '-map', '0:a:0', '-c', 'copy'],
    target,
    wanted,
  );
}

async function isFinished(context: WorkContext, target: string, wanted: Wanted): Promise<boolean> {
  if ((await sizeOf(target)) === null) return false;
  if ((await wrongWith(context, target, wanted)) === null) return true;
  await rm(target);
  return false;
}

async function writeMp4(
  context: WorkContext,
  inputs: string[],
  target: string,
  wanted: Wanted,
): Promise<void> {
  const unfinished = unfinishedName(target);
  const args = [...LOG_FLAGS, '-y'];
  args.push('-progress', 'pipe:1', ...inputs, '-movflags', '+faststart', '-f', 'mp4', unfinished);
  try {
    await runFfmpeg({ path: context.ffmpegPath, args, output: unfinished, signal: context.signal });
    const wrong = await wrongWith(context, unfinished, wanted);
    if (wrong !== null) throw new CodedError('TRANSCODE_FAILED', wrong);
    await finishFile(unfinished, target);
  } finally {
    await rm(unfinished, { force: true });
  }
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CodedError } from '../../domain/errors';
import { AUDIO_RENDITION, type PostRendition, type VideoProfile } from '../../domain/video-profile';
import type { Logger } from '../../logger';
import { replaceContendedFile } from '../../storage/replace-file';
import { ORIGINAL_FILE } from '../vod/names';
import { removeUnfinished } from './files';
import { copyAudio, joinRendition } from './join';
import { LadderProgressMeter, type LadderProgress } from './progress';
import { makeChunks, type WorkContext } from './make-chunks';
import { LadderPaths } from './names';
import { packageLadder } from './package-ladder';
import { planLadder, type LadderPlan, type PlannedVideo } from './plan';
import { recordMovies } from './record-movies';
import { isWhole, readRecord, readRecordOf, readWhole, type LadderRecord } from './record';

export type { LadderProgress } from './progress';

/**
 * What a kill loses at most: some 20 s of work. Ten times as long would lose minutes, a tenth would spend more on seeking and
 * starting than on encoding.
 */
const CHUNK_SECONDS = 60;

/** A minute of 8K takes some ten minutes on two slow cores. */
const CHUNK_DEADLINE_MS = 60 * 60_000;

export interface LadderRequest {
  /** Holds the verified original; the ladder's folder is made in it. */
  vodDir: string;
  /** An MP4 that is read instead of the original. */
  source?: string;
  /** Its pictures are somebody's upload: memory and time are bounded. */
  hostile?: true;
  profile: VideoProfile;
  ffmpegPath: string;
  ffprobePath: string;
  log: Logger;
  signal: AbortSignal;
  onProgress(progress: LadderProgress): void;
}

export interface Ladder {
  renditions: PostRendition[];
  durationMs: number;
}

/**
 * Makes (or finds, verified) all renditions below vodDir/ladder; safe to repeat; a killed one goes on at its first missing
 * chunk. One at a time a VOD; one that was given up and does not know it yet does no harm. Rejects with RECORDING_DAMAGED (final), TRANSCODE_FAILED, DISK_FULL (worth another try), or the
 * signal's reason.
 */
export function makeLadder(request: LadderRequest): Promise<Ladder> {
  return makeLadderInChunks(request, CHUNK_SECONDS);
}

/** The same with chunks of another length (rounded to whole segments). */
export async function makeLadderInChunks(request: LadderRequest, chunkSeconds: number): Promise<Ladder> {
  const { vodDir, profile, ffmpegPath, ffprobePath, signal } = request;
  const original = request.source ?? join(vodDir, ORIGINAL_FILE);
  const paths = new LadderPaths(vodDir);
  const plan = await planLadder({ original, profile, chunkSeconds, ffprobePath, signal });
  const meter = new LadderProgressMeter(plan.video, (progress) => request.onProgress(progress));
  const hostile = request.hostile ? { deadlineMs: CHUNK_DEADLINE_MS } : undefined;
  const context: WorkContext = { original, paths, ffmpegPath, ffprobePath, signal, hostile };
  try {
    const record =
      (await finishedLadder(request, paths, plan)) ?? (await produce(request, context, plan, meter));
    await rm(paths.work, { recursive: true, force: true });
    meter.finished();
    const { renditions, durationMs } = record;
    return { renditions, durationMs };
  } catch (error) {
    signal.throwIfAborted();
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? new CodedError('DISK_FULL') : error;
  }
}

async function produce(
  request: LadderRequest,
  context: WorkContext,
  plan: LadderPlan,
  meter: LadderProgressMeter,
): Promise<LadderRecord> {
  await prepare(request, context.paths, plan);
  const { video } = plan;
  if (video && hasPicture(plan)) {
    await makeChunks(context, video, (chunk, frames) => meter.video(chunk, frames));
    for (const [at, rendition] of video.renditions.entries()) {
      meter.joining(at, video.renditions.length);
      await joinRendition(context, plan, rendition);
    }
  }
  const isMoviesOnly = plan.profile.format === 'MP4';
  // A movie with a picture has its sound in it: alone it is a track of HLS and DASH.
  if (plan.audio && !(isMoviesOnly && plan.video)) await copyAudio(context, plan, AUDIO_RENDITION);
  if (isMoviesOnly) return recordMovies(context, plan);
  return packageLadder(context, plan, (track, tracks) => meter.packaging(track, tracks));
}

const hasPicture = (plan: LadderPlan): plan is LadderPlan & { video: PlannedVideo } => plan.video !== null;

async function finishedLadder(
  { log }: LadderRequest,
  paths: LadderPaths,
  plan: LadderPlan,
): Promise<LadderRecord | null> {
  const record = await readRecordOf(paths, plan);
  if (!record) return null;
  if (await isWhole(paths, record)) return record;
  log.warn('the ladder that was there lacks files: they are made again');
  return null;
}

/** Chunks and MP4s of another source or profile go; those of the same one are taken up. */
async function prepare({ log }: LadderRequest, paths: LadderPaths, plan: LadderPlan): Promise<void> {
  const begun = await readWhole(paths.plan);
  const before: unknown = begun === null ? (await readRecord(paths))?.plan : JSON.parse(begun);
  if (!isDeepStrictEqual(before, plan)) {
    if (before) log.warn('what was begun is of another source or profile: starting clean');
    await rm(paths.dir, { recursive: true, force: true });
  }
  await mkdir(paths.work, { recursive: true });
  await removeUnfinished(paths.dir);
  await removeUnfinished(paths.work);
  await replaceContendedFile(paths.plan, JSON.stringify(plan));
}

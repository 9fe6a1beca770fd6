import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import { finishFile } from '../../storage/replace-file';
import type { TimelineIndex } from '../timeline/types';
import { ORIGINAL_FILE } from '../vod/names';
import { copyOriginal, isCopyable, type EncodeContext } from './copy-original';
import { encodeOriginal } from './encode-original';
import { LOST_CODES } from './ffmpeg-job';
import { liveRanges, type LiveRange } from './live-ranges';
import { sourceFromRaw, sourceFromSegments, type PartSource } from './part-source';
import type { KeyFrameChoice } from './range-scan';
import { scanRaw, type RawCut } from './raw-cut';
import { DURATION_TOLERANCE_MS, verifyOriginal, type Expected } from './verify-original';

export interface OriginalRequest {
  layout: StorageLayout;
  index: TimelineIndex;
  /** The VOD's folder: the original lies beside its playlists. */
  vodDir: string;
  ffmpegPath: string;
  ffprobePath: string;
  log: Logger;
  signal: AbortSignal;
  /** 0...100, rising. */
  onProgress(percent: number): void;
}

export interface Original {
  bytes: number;
  durationMs: number;
}

const WORK_PREFIX = '.work-';

/**
 * Makes a finished broadcast's original MP4: what was live, without pauses, copied where the recordings allow it.
 * Written under another name and renamed once ffprobe has verified it; one that is there already is verified and kept.
 * Rejects with EMPTY_RECORDING, RECORDING_DAMAGED, ORIGINAL_NOT_VERIFIED (final), TRANSCODE_FAILED, DISK_FULL
 * (worth another try), or the signal's reason.
 */
export async function makeOriginal(request: OriginalRequest): Promise<Original> {
  const ranges = liveRanges(request.index);
  if (ranges.length === 0) throw new CodedError('EMPTY_RECORDING');
  const expected: Expected = {
    durationMs: ranges.reduce((sum, range) => sum + range.endMs - range.startMs, 0),
    videoMs: ranges.reduce((sum, range) => sum + range.videoMs, 0),
    audioMs: ranges.reduce((sum, range) => sum + range.audioMs, 0),
  };
  const target = join(request.vodDir, ORIGINAL_FILE);
  const existing = await existingOriginal(request, target, expected);
  if (existing) return existing;
  await mkdir(request.vodDir, { recursive: true });
  await removeLeftovers(request.vodDir);
  const work = join(request.vodDir, `${WORK_PREFIX}${randomUUID()}`);
  await mkdir(work);
  try {
    const made = await produce(request, ranges, expected, work);
    await finishFile(made.file, target);
    request.onProgress(100);
    return made.original;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function existingOriginal(
  request: OriginalRequest,
  target: string,
  expected: Expected,
): Promise<Original | null> {
  const there = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!there) return null;
  try {
    const { bytes, durationMs } = await verifyOriginal(request.ffprobePath, target, expected, request.signal);
    return { bytes, durationMs: Math.round(durationMs) };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === 'TRANSCODE_FAILED') throw error;
    request.log.warn({ err: error }, 'the original that was there is not what was live: made again');
    return null;
  }
}

/** Copies where that is true to what was live; encodes where it is not, or where the copy turned out wrong. */
async function produce(request: OriginalRequest, ranges: LiveRange[], expected: Expected, work: string) {
  const context: EncodeContext = rising(request);
  const finish = async (file: string) => {
    const { bytes, durationMs } = await verifyOriginal(request.ffprobePath, file, expected, request.signal);
    return { file, original: { bytes, durationMs: Math.round(durationMs) } };
  };
  const cuts: (RawCut | null)[] = [];
  for (const range of ranges) cuts.push(await usableCut(request, range, 'after'));
  const usable = cuts.filter((cut) => cut !== null);
  if (usable.length === cuts.length && isCopyable(usable)) {
    const copy = join(work, 'copy.mp4');
    try {
      await copyOriginal(context, usable, copy);
      return await finish(copy);
    } catch (error) {
      const wrong =
        error instanceof CodedError && ['RECORDING_DAMAGED', 'ORIGINAL_NOT_VERIFIED'].includes(error.code);
      if (!wrong) throw error;
      request.log.warn({ err: error }, 'the recordings can not be copied: encoding them');
      await rm(copy, { force: true });
    }
  }
  const encoded = join(work, 'encoded.mp4');
  const sources: PartSource[] = [];
  for (const range of ranges) sources.push(await sourceOf(request, range, work));
  await encodeOriginal(context, sources, encoded);
  return finish(encoded);
}

async function sourceOf(request: OriginalRequest, range: LiveRange, work: string): Promise<PartSource> {
  const cut = await usableCut(request, range, 'before');
  if (cut) return sourceFromRaw(work, cut, request.signal);
  request.log.warn(
    { sessionId: range.part.sessionId },
    'the raw recording does not give back what was live: using the live segments',
  );
  return sourceFromSegments(work, request.layout, range, request.signal);
}

/**
 * Null where the raw recording lacks what was live: no file (or its disk does not give it back), a track missing,
 * cut short by more than a segment, or a clock that was set back.
 */
async function usableCut(
  request: OriginalRequest,
  range: LiveRange,
  choice: KeyFrameChoice,
): Promise<RawCut | null> {
  request.signal.throwIfAborted();
  const path = request.layout.rawRecording(range.part.sessionId);
  const cut = await scanRaw(path, range, choice).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== undefined && LOST_CODES.has(error.code)) return null;
    throw error;
  });
  if (!cut) return null;
  const complete =
    (!range.video || cut.videoFromMs !== null) &&
    (!range.audio || cut.audioFromMs !== null) &&
    cut.endMs >= range.endMs - DURATION_TOLERANCE_MS;
  return complete ? cut : null;
}

/** Progress never goes back, also where a copy is followed by an encode. */
function rising(request: OriginalRequest): EncodeContext {
  let highest = -1;
  const onProgress = (percent: number) => {
    if (percent <= highest) return;
    highest = percent;
    request.onProgress(percent);
  };
  return { ffmpegPath: request.ffmpegPath, signal: request.signal, onProgress };
}

/** What an attempt left that was killed. One that was given up and does not know it yet fails by this. */
async function removeLeftovers(vodDir: string): Promise<void> {
  for (const name of await readdir(vodDir)) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(vodDir, name), { recursive: true, force: true });
  }
}

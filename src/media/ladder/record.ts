import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PostRendition } from '../../domain/video-profile';
import { INIT_FILE } from '../packager/segment-files';
import { replaceContendedFile, syncFolder } from '../../storage/replace-file';
import type { SegmentFile, TimelineTrack } from '../timeline/types';
import { sizeOf } from './files';
import type { LadderPaths } from './names';
import type { LadderPlan } from './plan';

export interface RecordedTrack {
  track: TimelineTrack;
  initBytes: number;
  segments: (SegmentFile | null)[];
}

/** All that is known of a finished ladder: what publishing renders from, and a repeat trusts. */
export interface LadderRecord {
  plan: LadderPlan;
  segmentSeconds: number;
  /** None where the profile wants MP4s alone. */
  tracks: RecordedTrack[];
  renditions: PostRendition[];
  durationMs: number;
}

/** Null where there is none. */
export async function readRecord(paths: LadderPaths): Promise<LadderRecord | null> {
  const text = await readWhole(paths.record);
  return text === null ? null : (JSON.parse(text) as LadderRecord);
}

/** The record of a ladder that this plan made, in full or not; null where there is none. */
export async function readRecordOf(paths: LadderPaths, plan: LadderPlan): Promise<LadderRecord | null> {
  const record = await readRecord(paths);
  return record && isDeepStrictEqual(record.plan, plan) ? record : null;
}

/** The last that is written: whoever finds it finds all that it names. */
export async function writeRecord(paths: LadderPaths, record: LadderRecord): Promise<void> {
  await syncFolder(paths.dir);
  await replaceContendedFile(paths.record, JSON.stringify(record));
  await syncFolder(paths.dir);
}

/** A file's text; null where there is no such file. */
export async function readWhole(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Every file that the record names is there in full. */
export async function isWhole(paths: LadderPaths, { renditions, tracks }: LadderRecord): Promise<boolean> {
  const files = renditions.map(({ name, mp4Bytes }) => ({ path: paths.mp4(name), bytes: mp4Bytes }));
  for (const { track, initBytes, segments } of tracks) {
    const dir = paths.track(track.id);
    files.push({ path: join(dir, INIT_FILE), bytes: initBytes });
    for (const segment of segments) {
      if (segment) files.push({ path: join(dir, segment.file), bytes: segment.bytes });
    }
  }
  for (const { path, bytes } of files) {
    if ((await sizeOf(path)) !== bytes) return false;
  }
  return true;
}

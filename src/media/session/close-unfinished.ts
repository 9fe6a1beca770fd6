import { open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageLayout } from '../../storage/layout';
import { UNFINISHED_SUFFIX } from '../../storage/replace-file';
import { OUTPUT_OFFSET_MS } from '../ffmpeg/args';
import { BoxSplitter, type Mp4Box } from '../mp4/box-splitter';
import { parseFragment } from '../mp4/fragment';
import { parseInit, type InitInfo } from '../mp4/init';
import { PartIndex, partIndexPath } from '../packager/part-index';
import { INIT_FILE, segmentFileName } from '../packager/segment-files';
import type { PartRecord, SegmentFile, SegmentRecord, TimelineTrack } from '../timeline/types';
import { readSessionSegments } from './read-segments';

/**
 * Makes a segment of what a crash left of the one that was being written: whole fragments are kept, the rest is cut off.
 * Only of the session's last part, behind a segment that was told; anything else has no place to stand. Other unfinished files go.
 */
export async function closeUnfinished(layout: StorageLayout, sessionId: string): Promise<void> {
  const last = (await readSessionSegments(layout, sessionId)).pop();
  if (last) await finishSegment(layout, last.part, last.segment.seq + 1);
  await removeUnfinished(layout.sessionDir(sessionId));
}

async function finishSegment(layout: StorageLayout, part: PartRecord, number: number): Promise<void> {
  const files: Record<string, SegmentFile> = {};
  for (const track of part.tracks) {
    const dir = layout.trackDir(part.sessionId, part.sessionPart, track.id);
    const file = await finishFile(dir, segmentFileName(number + 1));
    if (file) files[track.id] = file;
  }
  const segment = describe(part, number, files);
  if (!segment) return;
  const index = new PartIndex(partIndexPath(layout, part.sessionId, part.sessionPart));
  await index.append(segment);
  await index.close();
}

/** Times follow the first video, else the first track there is, as the packager's do. Null where nothing was left. */
function describe(part: PartRecord, seq: number, files: Record<string, SegmentFile>): SegmentRecord | null {
  const present = part.tracks.filter((track) => files[track.id]);
  const lead = present.find((track) => track.kind === 'video') ?? present[0];
  const leadFile = lead && files[lead.id];
  if (!lead || !leadFile) return null;
  const toMs = (track: TimelineTrack, time: number): number =>
    Math.round((time / track.timescale) * 1000 - OUTPUT_OFFSET_MS);
  const startMs = toMs(lead, leadFile.t);
  const durationMs = toMs(lead, leadFile.t + leadFile.d) - startMs;
  return { type: 'segment', part: part.sessionPart, seq, startMs, durationMs, tracks: files };
}

async function finishFile(dir: string, name: string): Promise<SegmentFile | null> {
  const path = join(dir, name);
  const bytes = await readFile(path + UNFINISHED_SUFFIX).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const whole = bytes && wholeFragments(bytes, await readInit(join(dir, INIT_FILE)));
  if (!whole) return null;
  const handle = await open(path + UNFINISHED_SUFFIX, 'r+');
  try {
    await handle.truncate(whole.bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(path + UNFINISHED_SUFFIX, path);
  return { file: name, ...whole };
}

async function readInit(path: string): Promise<InitInfo> {
  const moov = new BoxSplitter().push(await readFile(path)).find((box) => box.type === 'moov');
  if (!moov) throw new Error('an init segment has no moov');
  return parseInit(moov.bytes);
}

/** Whole moof + mdat pairs from the start; null where there is none. */
function wholeFragments(bytes: Buffer, init: InitInfo): { t: number; d: number; bytes: number } | null {
  const boxes = new BoxSplitter().push(bytes);
  let found: { t: number; d: number; bytes: number } | null = null;
  for (let i = 0; i + 1 < boxes.length; i += 2) {
    const [moof, mdat] = boxes.slice(i, i + 2) as [Mp4Box, Mp4Box];
    if (moof.type !== 'moof' || mdat.type !== 'mdat') break;
    const fragment = parseFragment(moof.bytes, mdat.bytes, init);
    const t: number = found?.t ?? fragment.start;
    const size: number = (found?.bytes ?? 0) + moof.bytes.length + mdat.bytes.length;
    found = { t, d: fragment.start + fragment.duration - t, bytes: size };
  }
  return found;
}

/** Files without their final name were never told to anybody. */
async function removeUnfinished(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true })) {
    if (entry.endsWith(UNFINISHED_SUFFIX)) await rm(join(dir, entry), { force: true });
  }
}

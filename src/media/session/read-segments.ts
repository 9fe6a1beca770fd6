import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageLayout } from '../../storage/layout';
import { partIndexPath } from '../packager/part-index';
import { readRecords } from '../timeline/read';
import type { PartRecord, SegmentRecord } from '../timeline/types';

/** All segments of a session that are whole on disk, in order, from its parts' own indexes. */
export async function readSessionSegments(
  layout: StorageLayout,
  sessionId: string,
): Promise<{ part: PartRecord; segment: SegmentRecord }[]> {
  const found: { part: PartRecord; segment: SegmentRecord }[] = [];
  for (const number of await partNumbers(layout, sessionId)) {
    let part: PartRecord | null = null;
    try {
      for await (const record of readRecords(partIndexPath(layout, sessionId, number))) {
        if (record.type === 'part') part = record;
        else if (record.type === 'segment' && part) found.push({ part, segment: record });
      }
    } catch (error) {
      // A part that died before its first segment has no index.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return found;
}

async function partNumbers(layout: StorageLayout, sessionId: string): Promise<number[]> {
  try {
    const names = await readdir(join(layout.sessionDir(sessionId), 'parts'));
    return names
      .map(Number)
      .filter(Number.isInteger)
      .sort((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

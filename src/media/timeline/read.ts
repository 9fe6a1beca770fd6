import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type {
  EndRecord,
  OpenRecord,
  PartRecord,
  SegmentRecord,
  TimelineIndex,
  TimelineRecord,
} from './types';

/** Records of an append-only index file, in order. A torn last line (a crash while it was written) is left out. */
export async function* readRecords(file: string): AsyncGenerator<TimelineRecord> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  let torn: string | null = null;
  for await (const line of lines) {
    if (torn !== null) throw new Error('an index has a broken line that is not its last');
    if (line === '') continue;
    const record = parseRecord(line);
    if (record) yield record;
    else torn = line;
  }
}

/**
 * A broadcast's timeline as it is on disk, by its file. Null where there is none, or not even its first line.
 * Rejects where a line before the last is broken.
 */
export async function readTimeline(file: string): Promise<TimelineIndex | null> {
  let open: OpenRecord | null = null;
  let end: EndRecord | null = null;
  const parts: PartRecord[] = [];
  const segments: SegmentRecord[] = [];
  try {
    for await (const record of readRecords(file)) {
      if (record.type === 'open') open ??= record;
      else if (record.type === 'part') parts.push(record);
      else if (record.type === 'segment') segments.push(record);
      else if (record.type === 'end') end ??= record;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return open && { open, parts, segments, end };
}

function parseRecord(line: string): TimelineRecord | null {
  try {
    return JSON.parse(line) as TimelineRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

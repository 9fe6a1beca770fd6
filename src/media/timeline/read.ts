import { createReadStream } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type {
  EndRecord,
  OpenRecord,
  PartRecord,
  SegmentRecord,
  TimelineIndex,
  TimelineRecord,
} from './types';

/**
 * Records of an append-only index file, in order. A torn last line (a crash while it was written) is left out. So is a broken
 * line before it, and told: a bad sector must not cost the whole show.
 */
export async function* readRecords(
  file: string,
  onBroken: () => void = () => undefined,
): AsyncGenerator<TimelineRecord> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  let isBroken = false;
  for await (const line of lines) {
    if (line === '') continue;
    if (isBroken) onBroken();
    const record = parseRecord(line);
    isBroken = record === null;
    if (record) yield record;
  }
}

/**
 * A broadcast's timeline as it is on disk, by its file. Null where there is none, or not even its first line.
 * Lines that are broken are left out and counted, as are the segments of a part whose own line is broken. Rejects where
 * the first line is: the show's go-live mark is nowhere else.
 */
export async function readTimeline(file: string): Promise<TimelineIndex | null> {
  let open: OpenRecord | null = null;
  let end: EndRecord | null = null;
  const parts: PartRecord[] = [];
  const segments: SegmentRecord[] = [];
  let brokenLines = 0;
  try {
    for await (const record of readRecords(file, () => (brokenLines += 1))) {
      if (record.type === 'open') open ??= record;
      else if (record.type === 'part') parts.push(record);
      else if (record.type === 'segment') {
        if (parts.some(({ part }) => part === record.part)) segments.push(record);
        else brokenLines += 1;
      } else if (record.type === 'end') end ??= record;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (!open && parts.length + brokenLines > 0) throw new Error('a timeline has lost its first line');
  return open && { open, parts, segments, end, ...(brokenLines > 0 && { brokenLines }) };
}

/** An end record is far shorter. */
const TAIL_BYTES = 1024;

/** Looks at the file's last line only: a boot must not read every show there ever was. False where there is no file. */
export async function isEndedTimeline(file: string): Promise<boolean> {
  try {
    const handle = await openFile(file, 'r');
    try {
      const { size } = await handle.stat();
      const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
      await handle.read(tail, 0, tail.length, size - tail.length);
      const line = tail.toString('utf8').trimEnd().split('\n').pop() ?? '';
      return parseRecord(line)?.type === 'end';
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function parseRecord(line: string): TimelineRecord | null {
  try {
    return JSON.parse(line) as TimelineRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

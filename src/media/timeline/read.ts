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

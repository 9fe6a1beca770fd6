import { open, type FileHandle } from 'node:fs/promises';
import type { TimelineRecord } from './types';

const NEWLINE = 0x0a;

/** Appends records to an index file, one at a time, each on the platter before its promise resolves. */
export class IndexWriter {
  private last: Promise<void> = Promise.resolve();

  private constructor(private readonly handle: FileHandle) {}

  /** Opens for appending; a torn last line of an earlier crash is cut off first. */
  static async open(file: string): Promise<IndexWriter> {
    const handle = await open(file, 'a+');
    try {
      await cutTornLine(handle);
      return new IndexWriter(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  append(...records: TimelineRecord[]): Promise<void> {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const written = this.last.then(async () => {
      await this.handle.appendFile(lines);
      await this.handle.datasync();
    });
    // The next append is tried whatever became of this one; its caller hears of the failure.
    this.last = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.last;
    await this.handle.close();
  }
}

async function cutTornLine(handle: FileHandle): Promise<void> {
  let size = (await handle.stat()).size;
  const start = size;
  const byte = Buffer.alloc(1);
  while (size > 0) {
    await handle.read(byte, 0, 1, size - 1);
    if (byte[0] === NEWLINE) break;
    size -= 1;
  }
  if (size !== start) await handle.truncate(size);
}

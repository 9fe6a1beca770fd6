import { open, type FileHandle } from 'node:fs/promises';
import type { TimelineRecord } from './types';

const NEWLINE = 0x0a;

/** Appends records to an index file, one at a time, each on the platter before its promise resolves. */
export class IndexWriter {
  private last: Promise<void> = Promise.resolve();
  /** An append failed, and what it left behind the good bytes is still there. */
  private torn = false;

  private constructor(
    private readonly handle: FileHandle,
    private goodBytes: number,
  ) {}

  /** Opens for appending; a torn last line of an earlier crash is cut off first. */
  static async open(file: string): Promise<IndexWriter> {
    const handle = await open(file, 'a+');
    try {
      return new IndexWriter(handle, await cutTornLine(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** All of the records, or none: a failed append leaves nothing for the next one to be written on. */
  append(...records: TimelineRecord[]): Promise<void> {
    const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const written = this.last.then(() => this.write(lines));
    // The next append is tried whatever became of this one; its caller hears of the failure.
    this.last = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.last;
    await this.handle.close();
  }

  private async write(lines: Buffer): Promise<void> {
    await this.cutBack();
    try {
      await this.handle.appendFile(lines);
      await this.handle.datasync();
      this.goodBytes += lines.length;
    } catch (error) {
      this.torn = true;
      // Where not even this works the next append begins with it; the caller is told of the first failure.
      await this.cutBack().catch(() => undefined);
      throw error;
    }
  }

  private async cutBack(): Promise<void> {
    if (!this.torn) return;
    await this.handle.truncate(this.goodBytes);
    this.torn = false;
  }
}

/** Returns the size of the whole lines. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  let size = (await handle.stat()).size;
  const start = size;
  const byte = Buffer.alloc(1);
  while (size > 0) {
    await handle.read(byte, 0, 1, size - 1);
    if (byte[0] === NEWLINE) break;
    size -= 1;
  }
  if (size !== start) await handle.truncate(size);
  return size;
}

import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageLayout } from '../../storage/layout';
import type { PartRecord, SegmentRecord } from '../timeline/types';

export const PART_INDEX_FILE = 'index.jsonl';

export const partIndexPath = (layout: StorageLayout, sessionId: string, sessionPart: number): string =>
  join(layout.partDir(sessionId, sessionPart), PART_INDEX_FILE);

/** A part's own index beside its tracks: the part's record, then its segments. What the salvage and a late go-live read. */
export class PartIndex {
  private handle: FileHandle | null = null;

  constructor(private readonly path: string) {}

  async append(record: PartRecord | SegmentRecord): Promise<void> {
    this.handle ??= await open(this.path, 'a');
    await this.handle.appendFile(`${JSON.stringify(record)}\n`);
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = null;
    await handle?.close();
  }
}

import { join } from 'node:path';
import type { StorageLayout } from '../../storage/layout';
import { IndexWriter } from '../timeline/index-writer';
import type { PartRecord, SegmentRecord } from '../timeline/types';

export const PART_INDEX_FILE = 'index.jsonl';

export const partIndexPath = (layout: StorageLayout, sessionId: string, sessionPart: number): string =>
  join(layout.partDir(sessionId, sessionPart), PART_INDEX_FILE);

/** A part's own index beside its tracks: the part's record, then its segments. What the salvage and a late go-live read. */
export class PartIndex {
  private writer: IndexWriter | null = null;

  constructor(private readonly path: string) {}

  /** One at a time. The first one begins the file, or goes on behind its last whole line. */
  async append(record: PartRecord | SegmentRecord): Promise<void> {
    this.writer ??= await IndexWriter.open(this.path);
    await this.writer.append(record);
  }

  async close(): Promise<void> {
    const writer = this.writer;
    this.writer = null;
    await writer?.close();
  }
}

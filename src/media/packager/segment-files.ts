import { open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, UNFINISHED_SUFFIX } from '../../storage/replace-file';
import type { Fragment } from '../mp4/fragment';
import type { SegmentFile } from '../timeline/types';

export const INIT_FILE = 'init.mp4';
/** 1 -> `00001.m4s`: a DASH template and a directory listing both sort it. */
export const segmentFileName = (number: number): string => `${String(number).padStart(5, '0')}.m4s`;

interface OpenSegment {
  handle: FileHandle;
  name: string;
  t: number;
  end: number;
  bytes: number;
}

/** One track's files: fragments are appended as they come; a segment gets its name when it is complete and on the platter. */
export class SegmentFiles {
  private readonly unfinished = new Map<number, OpenSegment>();

  constructor(private readonly dir: string) {}

  async writeInit(bytes: Buffer): Promise<void> {
    await replaceFile(join(this.dir, INIT_FILE), bytes);
  }

  /** `segment` counts from 0. */
  async append(segment: number, fragment: Fragment): Promise<void> {
    let file = this.unfinished.get(segment);
    if (!file) {
      const name = segmentFileName(segment + 1);
      const handle = await open(join(this.dir, name + UNFINISHED_SUFFIX), 'w');
      file = { handle, name, t: fragment.start, end: fragment.start, bytes: 0 };
      this.unfinished.set(segment, file);
    }
    await file.handle.appendFile(fragment.moof);
    await file.handle.appendFile(fragment.mdat);
    file.end = fragment.start + fragment.duration;
    file.bytes += fragment.moof.length + fragment.mdat.length;
  }

  /** Makes the segment final. Null where this track had nothing in it. */
  async finish(segment: number): Promise<SegmentFile | null> {
    const file = this.unfinished.get(segment);
    if (!file) return null;
    this.unfinished.delete(segment);
    try {
      await file.handle.datasync();
    } finally {
      await file.handle.close();
    }
    const path = join(this.dir, file.name);
    await rename(path + UNFINISHED_SUFFIX, path);
    return { file: file.name, t: file.t, d: file.end - file.t, bytes: file.bytes };
  }

  /** Closes what is open, after an error; unfinished files stay for the salvage. */
  async abandon(): Promise<void> {
    const files = [...this.unfinished.values()];
    this.unfinished.clear();
    await Promise.allSettled(files.map((file) => file.handle.close()));
  }
}

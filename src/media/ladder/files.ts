import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED_SUFFIX } from '../../storage/replace-file';

/** A name that no other attempt has: the ffmpeg of a killed one may still be writing. */
export const unfinishedName = (path: string): string => `${path}.${randomUUID()}${UNFINISHED_SUFFIX}`;

/** Bytes; null where there is no such file. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What a killed attempt left under unfinished names: files, and folders of tracks. */
export async function removeUnfinished(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name.endsWith(UNFINISHED_SUFFIX)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

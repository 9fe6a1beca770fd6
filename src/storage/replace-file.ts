import { randomUUID } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';

/** Files below their final name are whole; a crash leaves only these behind. */
export const UNFINISHED_SUFFIX = '.tmp';

/**
 * Writes a file whole: readers see the old one or the new one, and what is under its name is on the platter. One writer a
 * path at a time. Throws with the file system's error.
 */
export async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  await writeFile(path + UNFINISHED_SUFFIX, content, { flush: true });
  await rename(path + UNFINISHED_SUFFIX, path);
}

/** The same where several may write one path at once, as attempts of one archive do: the last one stands, whole. */
export async function replaceContendedFile(path: string, content: string | Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}${UNFINISHED_SUFFIX}`;
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Gives a file that somebody else wrote its final name: on the platter first, so that what has the name is whole. */
export async function finishFile(unfinished: string, path: string): Promise<void> {
  const file = await open(unfinished, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

/** The names in a folder are on the platter too: after this a new file outlives a loss of power. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

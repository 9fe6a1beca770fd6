import { readFile, stat } from 'node:fs/promises';
import type { Knex } from 'knex';
import { insertTranscodingProfile } from '../store/transcoding-profiles';
import { OperatorError } from './operator-error';
import { profileFile } from './profile-files';

/** A profile takes some hundred bytes; a larger file is none. */
const MAX_FILE_BYTES = 64 * 1024;

async function readJson(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Error(`has more than ${MAX_FILE_BYTES} bytes`);
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new OperatorError(`${path}: ${(error as Error).message}`);
  }
}

/** Makes a custom profile of one app from a JSON file; answers its id. Refuses what can not be done. Throws OperatorError. */
export async function addProfile(knex: Knex, appId: number, path: string): Promise<number> {
  const parsed = profileFile.safeParse(await readJson(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const words = [path, issue?.path.join('.'), issue?.message];
    throw new OperatorError(words.filter((word) => word !== '').join(': '));
  }
  const { type, name, description = null, profile: content } = parsed.data;
  const row = await insertTranscodingProfile(knex, { appId, type, name, description, content });
  return row.id;
}

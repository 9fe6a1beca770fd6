import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../config';
import { SETTINGS, type SettingName } from '../settings';

/** One by one: Node's own recursive mkdir never returns where a file system refuses every new name with ENOENT, as /proc does. */
function makeMissing(path: string): boolean {
  if (existsSync(path)) return false;
  makeMissing(dirname(path));
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    // Somebody else made it meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The folder that a setting names, with the folders above it. True where it was made. Throws a ConfigError that names the
 * setting where it can not be made or written to.
 */
export function makeFolder(setting: SettingName, path: string): boolean {
  try {
    const made = makeMissing(path);
    if (!statSync(path).isDirectory()) throw Object.assign(new Error('a file'), { code: 'ENOTDIR' });
    accessSync(path, constants.W_OK);
    return made;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ConfigError([
      `${setting}: "${path}" can not be made or written to (${why}), takes ${SETTINGS[setting].takes}.`,
    ]);
  }
}

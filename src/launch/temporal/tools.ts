import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** release.json of a folder of tools/, from the sources as well as from dist: what is pinned there. */
export function readRelease<T>(tool: string): T {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'tools', tool, 'release.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  }
  throw new Error(`tools/${tool}/release.json is missing; the repository is not complete.`);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where programs that were fetched or built are kept, for all checkouts of a user (scripts/bootstrap/tools.mjs has the same). */
export const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'showrunner');

import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from './say.mjs';

const source = (tool) => join(ROOT, 'tools', tool);

/** What is pinned in a folder of tools/. */
export const readRelease = (tool) => JSON.parse(readFileSync(join(source(tool), 'release.json'), 'utf8'));

/** Where programs that were fetched or built are kept, for all checkouts of a user (src/launch/temporal/tools.ts has the same). */
export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'showrunner');

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Builds a package of a pinned module of tools/; the same flags everywhere, or Go's own cache is of no use. */
export function goBuild(tool, pkg, target, progress) {
  const env = { ...process.env, CGO_ENABLED: '0' };
  const flags = ['-trimpath', '-ldflags', '-s -w'];
  return run('go', ['build', ...flags, '-o', target, pkg], { cwd: source(tool), env, progress });
}

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

const FILE_NAME = 'supervisor.lock';
/** Rounds of the race between several starts over one stale lock; each round has a winner. */
const MAX_ATTEMPTS = 10;

function readHolder(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (error instanceof SyntaxError) return { pid: 0, startedAt: 'damaged' };
    throw error;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock away; puts it back if it turns out to be one that somebody else just took. */
function removeStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved && isRunning(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

/**
 * Takes the data folder for this process; answers what gives it back. One Showrunner a folder: a second start throws,
 * naming the first one's pid. The lock of a process that is gone is taken over; `onStale` is told so.
 */
export function lockDataFolder(dataDir: string, onStale: (pid: number) => void): () => void {
  const path = join(dataDir, FILE_NAME);
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)));
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (tryLink(mine, path)) return () => rmSync(path, { force: true });
      const holder = readHolder(path);
      if (!holder) continue;
      if (isRunning(holder)) {
        throw new Error(
          `Showrunner already runs on ${dataDir} (pid ${holder.pid}). Stop it first, or set DATA_DIR to another folder.`,
        );
      }
      onStale(holder.pid);
      removeStale(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new Error(`The lock ${path} could not be taken; other starts keep taking it.`);
}

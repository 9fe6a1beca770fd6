import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { cacheFolder, isExecutable, readRelease } from './tools';

interface Release {
  version: string;
  /** Of the server inside the CLI: a CLI built from source does not know its own version. */
  oldestServer: string;
  cacheName: string;
}

/** A binary that does not tell its version by then is not one to use. */
const VERSION_TIMEOUT_MS = 5_000;

function serverVersionOf(path: string): number[] | null {
  try {
    const said = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      timeout: VERSION_TIMEOUT_MS,
      stdio: 'pipe',
    });
    const match = /Server (\d+)\.(\d+)\.(\d+)/.exec(said);
    return match ? match.slice(1).map(Number) : null;
  } catch {
    return null;
  }
}

function isAtLeast(version: number[], oldest: number[]): boolean {
  const at = version.findIndex((part, i) => part !== oldest[i]);
  return at === -1 || (version[at] ?? 0) > (oldest[at] ?? 0);
}

/**
 * The Temporal CLI to run: the one set, else `temporal` on PATH where it is new enough, else the one in the cache folder,
 * which `npm start` fills (scripts/bootstrap/temporal.mjs looks in the same places). Throws where there is none.
 */
export function findTemporalCli(set: string | null, env: NodeJS.ProcessEnv): string {
  if (set) {
    if (isExecutable(set)) return set;
    throw new Error(`TEMPORAL_CLI: got ${JSON.stringify(set)}, takes the path of the Temporal CLI.`);
  }
  const release = readRelease<Release>('temporal');
  const oldest = release.oldestServer.split('.').map(Number);
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, 'temporal');
    if (!isExecutable(path)) continue;
    const version = serverVersionOf(path);
    if (version && isAtLeast(version, oldest)) return path;
  }
  const cached = join(cacheFolder(env), release.cacheName);
  if (isExecutable(cached)) return cached;
  throw new Error(
    `There is no Temporal CLI with a server of ${release.oldestServer} or newer. npm start gets one.`,
  );
}

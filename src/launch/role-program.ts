import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Program } from './supervised';

/** In the order of their start, side by side where they stand together: first who does the work, then who brings it. */
export const ROLES = [
  ['worker', 'archiver'],
  ['media', 'api'],
] as const;
export type Role = (typeof ROLES)[number][number];

/** The media role first closes what an older boot left on disk. */
const START_TIMEOUT_MS = 60_000;

/**
 * A role as a process of its own. What it needs comes by its environment, never by arguments, which everybody on the
 * machine can read. Detached, so that Ctrl-C reaches the supervisor alone, which then stops all in order.
 */
export function roleProgram(role: Role, env: NodeJS.ProcessEnv): Program {
  return {
    name: role,
    spawn: () =>
      fork(join(__dirname, '..', 'bin', `${role}.js`), [], {
        env,
        execArgv: ['--enable-source-maps'],
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    ready: 'message',
    startTimeoutMs: START_TIMEOUT_MS,
    stopSignal: 'SIGTERM',
  };
}

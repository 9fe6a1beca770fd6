import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JANITOR_VARIABLE, RUN_FOLDER_VARIABLE, STACK_FILE } from './run-folder';
import type { StackInfo } from './stack-protocol';
import { until } from './until';

/** Both servers get 3 s each, side by side. */
const END_DEADLINE_MS = 10_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends the shared stack, if a suite started it, and waits until nothing of it is left. */
export default async function globalTeardown(): Promise<void> {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (!folder) return;
  const file = join(folder, STACK_FILE);
  if (existsSync(file)) {
    const { hostPid } = JSON.parse(readFileSync(file, 'utf8')) as StackInfo;
    if (isAlive(hostPid)) process.kill(hostPid, 'SIGTERM');
    await until(() => !isAlive(hostPid), { timeoutMs: END_DEADLINE_MS, what: 'the end of the test stack' });
  }
  rmSync(folder, { recursive: true, force: true });
  const janitor = Number(process.env[JANITOR_VARIABLE]);
  if (janitor && isAlive(janitor)) process.kill(janitor, 'SIGTERM');
}

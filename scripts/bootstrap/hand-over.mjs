import { fork } from 'node:child_process';
import { ROOT } from './say.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Gives the terminal to a script, passes signals on, and ends as it ends. The IPC channel between the two tells the
 * script when we are killed.
 */
export function handOver(script, args = [], options = {}) {
  const child = fork(script, args, {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    ...options,
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => done(signal ? 1 : (code ?? 1)));
  });
}

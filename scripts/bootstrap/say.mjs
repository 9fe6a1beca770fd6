import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dirname, resolve } from 'node:path';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A terminal gets one line that changes; a log gets a line every so often. */
const isTerminal = process.stdout.isTTY === true;
const REDRAW_EVERY_MS = isTerminal ? 500 : 10_000;
/** What a failed command shows of its output. */
const TAIL_LINES = 30;
const CLEAR_LINE = '\r\x1b[K';

/** What the user can't work around by waiting: told without a stack trace, exit code 1. */
export class Stop extends Error {}

export const say = (text) => process.stdout.write(`${text}\n`);

/**
 * Runs `work` with a live line: "what: note, 12 s". `work` gets a function that sets the note.
 */
export async function withProgress(what, work) {
  const startedAt = Date.now();
  let note = '';
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const draw = () => {
    const line = `  ${what}: ${note ? `${note}, ` : ''}${seconds()} s`;
    process.stdout.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`);
  };
  const timer = setInterval(draw, REDRAW_EVERY_MS);
  try {
    const result = await work((text) => (note = text));
    if (isTerminal) process.stdout.write(CLEAR_LINE);
    say(`  ${what}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    if (isTerminal) process.stdout.write(CLEAR_LINE);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Runs a command, its last line as the note of `progress`. Rejects with the end of its output. */
export function run(command, args, { cwd = ROOT, env = process.env, progress = () => {} } = {}) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = [];
    const take = (chunk) => {
      const lines = chunk
        .toString()
        .split(/[\r\n]+/)
        .filter((line) => line.trim() !== '');
      tail = [...tail, ...lines].slice(-TAIL_LINES);
      const last = tail.at(-1);
      if (last) progress(last.trim().slice(0, 60));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => reject(new Stop(`${command} can't be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return done();
      reject(
        new Stop(
          `${command} ${args[0] ?? ''} failed (${signal ?? `exit code ${code}`}):\n${tail.join('\n')}`,
        ),
      );
    });
  });
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suiteFile, type Row } from './row';

/** What a suite did. `red` and `green` are about its tests; anything else is no answer. */
export type Verdict = { what: 'red' | 'green' | 'unclear'; detail: string };

interface JestResult {
  testResults: {
    name: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

const RESULT_FILE = 'red-result.json';
const KEPT_OUTPUT = 3_000;
const REASON_LINES = 8;
const ESCAPED = /[.*+?^${}()|[\]\\]/g;

const killGroup = (pid: number | undefined): void => {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Runs a program in the copy, in a process group of its own. Its exit code, or null where it was ended for being late. */
export function runProgram(
  dir: string,
  args: string[],
  timeoutMs: number,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, args, {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_OUTPUT)));
  }
  const interrupted = () => {
    killGroup(child.pid);
    process.exit(1);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child.pid);
    }, timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      // What a suite leaves behind has no business in the next one.
      killGroup(child.pid);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    // Not 'close': what a broken program left behind may hold the pipes for ever.
    child.once('exit', (code) => {
      settle();
      resolve({ code: isLate ? null : code, said });
    });
  });
}

function judge(row: Row, result: JestResult): Verdict {
  const suite = result.testResults.find(({ name }) => name.endsWith(`/${suiteFile(row)}`));
  const ran =
    suite?.assertionResults.filter(({ status }) => status === 'passed' || status === 'failed') ?? [];
  if (!suite || ran.length === 0) {
    return {
      what: 'unclear',
      detail: `no test ran: ${suite?.message.slice(0, KEPT_OUTPUT) ?? 'no such suite'}`,
    };
  }
  const named = ran.filter(({ fullName }) => fullName.includes(row.test));
  if (named.length === 0) return { what: 'unclear', detail: `it has no test named "${row.test}"` };
  const failed = named.find(({ status }) => status === 'failed');
  const reason = failed?.failureMessages[0]?.split('\n', REASON_LINES).join('\n') ?? '';
  if (failed) return { what: 'red', detail: `${failed.fullName}: ${reason}` };
  const other = ran.find(({ status }) => status === 'failed');
  if (other) return { what: 'unclear', detail: `not the named test failed, but "${other.fullName}"` };
  return { what: 'green', detail: `${named.length} test(s) passed` };
}

/** One jest process over the suites of these rows, in the copy as it is. */
export async function runSuites(
  dir: string,
  rows: readonly Row[],
  timeoutMs: number,
): Promise<Map<Row, Verdict>> {
  const file = join(dir, RESULT_FILE);
  rmSync(file, { force: true });
  const names = rows.map(({ test }) => test.replace(ESCAPED, '\\$&'));
  const args = [
    join('node_modules', 'jest', 'bin', 'jest.js'),
    ...['--ci', '--runInBand', '--forceExit', '--json', `--outputFile=${file}`],
    ...(rows.some(({ whole }) => whole) ? [] : ['--testNamePattern', names.join('|')]),
    ...['--runTestsByPath', ...rows.map(suiteFile)],
  ];
  const { code, said } = await runProgram(dir, args, timeoutMs);
  const unclear = (detail: string) => new Map(rows.map((row) => [row, { what: 'unclear', detail } as const]));
  if (code === null) return unclear(`no end within ${timeoutMs / 1_000} s`);
  if (!existsSync(file)) return unclear(`jest ended with ${code}: ${said}`);
  const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  return new Map(rows.map((row) => [row, judge(row, result)]));
}

import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { exitOf } from '../support/processes';
import { until } from '../support/until';

const REPOSITORY = resolve(__dirname, '../..');
const COMPLETE = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  MASTER_KEY: randomBytes(32).toString('base64'),
  NODE_ID: 'node-7',
};

function startRole(args: string[], env: Record<string, string> = COMPLETE) {
  const child: ChildProcess = fork(join(__dirname, 'fixtures/role.ts'), args, {
    execArgv: ['-r', join(REPOSITORY, 'scripts/support/ts-register.cjs')],
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ready = new Promise((done) => child.once('message', done));
  return { child, ready, output: () => output };
}

describe('the frame of a role', () => {
  it('tells its parent when it is ready, and stops once on SIGTERM', async () => {
    const { child, ready, output } = startRole(['slow-stop']);
    expect(await ready).toEqual({ type: 'ready' });
    child.kill('SIGTERM');
    await until(() => output().includes('stop was called'), { timeoutMs: 5_000, what: 'the stop' });
    child.kill('SIGINT');
    child.kill('SIGTERM');
    // Signals and messages have no order: an answer says that what came before was seen.
    const heard = new Promise((done) => child.once('message', done));
    child.send('heard?');
    expect(await heard).toBe('heard');
    const closed = new Promise((done) => child.once('close', done));
    child.send('go on');
    expect(await exitOf(child)).toBe(0);
    await closed;
    expect(output()).toContain('node node-7');
    expect(output().match(/stop was called/g)).toHaveLength(1);
  });

  it('stops when its parent is gone', async () => {
    const { child, ready, output } = startRole([]);
    await ready;
    child.disconnect();
    expect(await exitOf(child)).toBe(0);
    expect(output()).toContain('the supervisor is gone');
  });

  it.each([
    ['reject', 'nobody caught me'],
    ['no-start', 'not today'],
  ])('ends with exit code 1 on "%s"', async (how, why) => {
    const { child, output } = startRole([how]);
    expect(await exitOf(child)).toBe(1);
    await until(() => output().includes(why), { timeoutMs: 2_000, what: 'the reason' });
  });

  it('says which settings it lacks, without a stack trace', async () => {
    const { child, output } = startRole([], { API_PORT: 'x' });
    expect(await exitOf(child)).toBe(1);
    await until(() => output() !== '', { timeoutMs: 2_000, what: 'the reason' });
    expect(output()).toBe('API_PORT: got "x", takes a port number, 1 to 65535.\n');
  });
});

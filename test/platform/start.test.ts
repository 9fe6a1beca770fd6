import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { identityOf } from '../../src/launch/process-identity';
import { freePort, isFree, quietFreePort } from '../../src/launch/ports';
import { exitOf, forkAllInOne, notedPids, startProcesses, type Processes } from '../support/processes';
import { until } from '../support/until';
import { processes } from './support/processes';

const RESTART = { timeoutMs: 30_000 };
const START_TIMEOUT_MS = 120_000;
/** What the supervisor promises, and a second for this machine to notice. */
const STOP_PROMISE_MS = 11_000;
const ALL = ['api', 'archiver', 'media', 'postgres', 'temporal', 'worker'];

const alive = (pids: number[]) => pids.filter((pid) => identityOf(pid) !== null);
const programs = (stack: Processes) => Object.values(notedPids(stack.dataDir));

/** Postgres starts processes of its own; they are below it. */
function withDescendants(roots: number[]): number[] {
  const all = processes();
  const found = new Set(roots);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grown = true;
    }
  }
  return [...found];
}

/** The first of three that are free, one after the other. */
const threeFreePorts = (): Promise<number> =>
  until(
    async () => {
      const first = await quietFreePort();
      return (await isFree(first + 1)) && (await isFree(first + 2)) ? first : null;
    },
    { timeoutMs: 5_000, what: 'three free ports in a row' },
  );

describe('npm start', () => {
  let stack: Processes;
  let metricsPort: number;
  beforeAll(async () => {
    metricsPort = await threeFreePorts();
    stack = await startProcesses({ env: { METRICS_PORT: String(metricsPort) } });
  }, START_TIMEOUT_MS);
  afterAll(() => stack.remove(), START_TIMEOUT_MS);

  it('brings up Postgres, Temporal and all roles, and tells how to make a broadcast', () => {
    expect(Object.keys(notedPids(stack.dataDir)).sort()).toEqual(ALL);
    const said = stack.output();
    for (const text of [
      stack.addresses.api,
      stack.addresses.playback,
      stack.addresses.rtmp,
      stack.credentials.streamKey,
    ]) {
      expect(said).toContain(text);
    }
    expect(said).toContain(`http://127.0.0.1:${stack.env.TEMPORAL_UI_PORT}`);
    expect(said).toMatch(/ffmpeg -re .*RTMP_CMAF/);
    expect(said).toMatch(/curl -u .*video-rooms/);
  });

  it('answers on the API with the credentials that it keeps, which only their owner can read', async () => {
    const { apiKey, apiSecret, appUserId } = stack.credentials;
    const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
    const url = `${stack.addresses.api}/v2/apps/me/members/${appUserId}/stream-key`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
    for (const name of [
      'credentials.json',
      'master.key',
      'temporal.db',
      'temporal.db-wal',
      'postgres/password',
    ]) {
      expect(statSync(join(stack.dataDir, name)).mode & 0o077).toBe(0);
    }
  });

  it('shows no secret in arguments or logs', () => {
    const { apiSecret, streamKey } = stack.credentials;
    const password = readFileSync(join(stack.dataDir, 'postgres/password'), 'utf8').trim();
    const masterKey = readFileSync(join(stack.dataDir, 'master.key'), 'utf8').trim();
    const logs = join(stack.dataDir, 'logs');
    const texts = [
      ...processes().map(({ args }) => args),
      ...readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')),
    ];
    for (const secret of [apiSecret, streamKey, password, masterKey]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  it.each([
    ['worker', 0, 'task_queue="showrunner"'],
    ['archiver', 1, 'task_queue="archive"'],
    ['media', 2, 'task_queue="media-'],
  ])('shows the metrics of its %s at METRICS_PORT + %i', async (_role, at, queue) => {
    // A worker's first poll is a moment away.
    const hasMetrics = async () => {
      const answer = await fetch(`http://127.0.0.1:${metricsPort + at}/metrics`);
      return answer.status === 200 && (await answer.text()).includes(queue);
    };
    await until(hasMetrics, { timeoutMs: 10_000, what: `metrics with ${queue}` });
  });

  it('shows the metrics of its API at the API’s own door', async () => {
    const metrics = await (await fetch(`${stack.addresses.api}/metrics`)).text();
    expect(metrics).toMatch(/^showrunner_callbacks_waiting 0$/m);
  });

  it('refuses a second start on the same data folder', async () => {
    const { child, output } = forkAllInOne(stack.env);
    expect(await exitOf(child)).toBe(1);
    await until(() => output().includes(`already runs on ${stack.dataDir} (pid ${stack.pid})`), {
      timeoutMs: 2_000,
      what: 'the refusal',
    });
  });

  it.each(['media', 'worker', 'postgres', 'temporal'] as const)(
    'starts %s again when it was killed',
    async (name) => {
      const before = stack.pidOf(name) ?? 0;
      process.kill(before, 'SIGKILL');
      await until(() => stack.output().includes(`${name} is back`), {
        ...RESTART,
        what: `${name} to come back`,
      });
      const after = stack.pidOf(name);
      expect(after).not.toBe(before);
      expect(after && identityOf(after)).not.toBeNull();
      expect(stack.output()).toContain(`${name} died (ended by SIGKILL); starting it again in`);
    },
    40_000,
  );

  it(
    'recovers from the death of the supervisor itself: the lock is recognised, left-overs are ended, data is kept',
    async () => {
      const left = programs(stack);
      await stack.kill();
      const again = await startProcesses({ env: stack.env });
      expect(again.output()).toContain(`(pid ${stack.pid}) is taken over`);
      expect(alive(left)).toEqual([]);
      expect(again.credentials).toEqual(stack.credentials);
      stack = again;
    },
    START_TIMEOUT_MS,
  );

  it('stops on SIGTERM within 10 s and leaves no process', async () => {
    const all = withDescendants([stack.pid, ...programs(stack)]);
    expect(all.length).toBeGreaterThan(ALL.length);
    const startedAt = Date.now();
    expect(await stack.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(STOP_PROMISE_MS);
    expect(alive(all)).toEqual([]);
    expect(readdirSync(stack.dataDir)).not.toContain('supervisor.lock');
  }, 30_000);
});

describe('a start that can not be', () => {
  it('names taken ports and their variables, and leaves nothing running', async () => {
    const [port, metrics] = [await freePort(), await freePort()];
    const servers = [port, metrics].map((it) => createServer().listen(it, '127.0.0.1'));
    const probe = await startFailing({ API_PORT: String(port), METRICS_PORT: String(metrics - 1) });
    for (const server of servers) server.close();
    expect(probe.code).toBe(1);
    expect(probe.output).toContain(`Port ${port} is taken. Stop what uses it, or set API_PORT to another.`);
    const next = `Port ${metrics} is taken. Stop what uses it, or set METRICS_PORT to another.`;
    expect(probe.output).toContain(next);
  }, 30_000);

  it('names a bad setting', async () => {
    const probe = await startFailing({ API_PORT: 'eighty' });
    expect(probe).toEqual({ code: 1, output: 'API_PORT: got "eighty", takes a port number, 1 to 65535.\n' });
  }, 30_000);
});

async function startFailing(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const dataDir = join(process.env.SHOWRUNNER_TEST_RUN ?? '', `fails-${process.hrtime.bigint()}`);
  const { child, output } = forkAllInOne({ DATA_DIR: dataDir, ...env });
  const closed = new Promise((done) => child.once('close', done));
  const code = await exitOf(child);
  await closed;
  return { code, output: output() };
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Knex } from 'knex';
import { freePort } from '../../src/launch/ports';
import { createKnex } from '../../src/store/knex';
import { Vault } from '../../src/store/vault';
import { newOwner, type Owner } from '../store/fixtures';
import { startStack, type Stack } from '../support/stack';
import { basic } from './harness';

const REPOSITORY = resolve(__dirname, '../..');
const STOP_LIMIT_MS = 5_000;

let stack: Stack;
let knex: Knex;
let owner: Owner;
let role: ChildProcess;
let base: string;
let output = '';
const dataDir = mkdtempSync(join(tmpdir(), 'showrunner-api-'));

beforeAll(async () => {
  stack = await startStack();
  knex = createKnex(stack.databaseUrl);
  const masterKey = Buffer.alloc(32, 7);
  owner = await newOwner(knex, new Vault(masterKey));
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  role = fork(join(REPOSITORY, 'src/bin/api.ts'), {
    cwd: REPOSITORY,
    execArgv: ['-r', join(REPOSITORY, 'scripts/support/ts-register.cjs')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: stack.databaseUrl,
      // Nobody is there: the role must start and read all the same.
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      MASTER_KEY: masterKey.toString('base64'),
      DATA_DIR: dataDir,
      API_PORT: String(port),
    },
  });
  for (const stream of [role.stdout, role.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const exited = once(role, 'exit').then(() =>
    Promise.reject(new Error(`the role ended at its start: ${output}`)),
  );
  await Promise.race([once(role, 'message'), exited]);
  exited.catch(() => undefined);
});
afterAll(async () => {
  role.kill('SIGKILL');
  await knex.destroy();
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function ask(path: string, body?: object): Promise<{ status: number; body: any }> {
  const response = await fetch(base + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: basic(owner.apiKey, owner.apiSecret), 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: await response.json() };
}

it('reads without Temporal, refuses commands, and stops in order', async () => {
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { postgres: true, temporal: false } });
  expect(await ask(`/v2/apps/me/members/${owner.appUserId}/stream-key`)).toMatchObject({
    status: 200,
    body: { streamKey: owner.streamKey },
  });
  const room = { appUserId: owner.appUserId, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };
  expect(await ask('/v2/apps/me/video-rooms', room)).toMatchObject({
    status: 503,
    body: { errorCode: 'CONTROL_PLANE_UNAVAILABLE' },
  });
  expect(await ask('/v2/apps/me/video-rooms')).toMatchObject({ status: 200, body: { totalElements: 0 } });

  const stoppedAt = Date.now();
  role.kill('SIGTERM');
  const [exitCode] = await once(role, 'exit');
  expect(exitCode).toBe(0);
  expect(Date.now() - stoppedAt).toBeLessThan(STOP_LIMIT_MS);
  expect(output).toContain('API listens');
  for (const secret of [owner.streamKey, owner.apiSecret]) expect(output).not.toContain(secret);
});

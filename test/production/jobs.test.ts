import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { findAppByApiKey } from '../../src/store/apps';
import { createKnex } from '../../src/store/knex';
import { rollbackAll } from '../../src/store/migrate';
import { KEYWORD_SEARCH_ATTRIBUTES } from '../../src/temporal/prepare-namespace';
import { Vault } from '../../src/store/vault';
import { startStack, type Stack } from '../support/stack';
import { REPOSITORY } from './support/compose';

let stack: Stack;
beforeAll(async () => (stack = await startStack()), 60_000);
afterAll(() => stack.stop());

const MASTER_KEY = randomBytes(32);

/** Runs a job of src/bin with these settings and nothing else. */
async function run(job: string, env: Record<string, string>, args: string[] = []) {
  const child = spawn(
    process.execPath,
    [
      '-r',
      join(REPOSITORY, 'scripts/support/ts-register.cjs'),
      join(REPOSITORY, `src/bin/${job}.ts`),
      ...args,
    ],
    { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}

describe('the migration', () => {
  test('makes schema and namespace, without a master key, and again changes nothing', async () => {
    await rollbackAll(stack.databaseUrl);
    const namespace = `made-${randomBytes(4).toString('hex')}`;
    const env = {
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: namespace,
    };
    const first = await run('migrate', env);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/"ran":\["\d+-core"/);
    const second = await run('migrate', env);
    expect(second.code).toBe(0);
    expect(second.out).toContain('"ran":[]');

    const connection = await Connection.connect({ address: stack.temporalAddress });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    await connection.close();
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining([...KEYWORD_SEARCH_ATTRIBUTES]),
    );
  }, 60_000);

  test.each([
    ['says what it lacks', {}, /^DATABASE_URL: not set.*\nTEMPORAL_ADDRESS: not set.*\n$/],
    ['names a setting that can not be used', { API_PORT: 'x' }, /^API_PORT: got "x"/],
  ])('%s, and ends with 1', async (_what, env, message) => {
    const { code, err } = await run('migrate', env as Record<string, string>);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  test('ends with 1 where the database is away, and tells no password', async () => {
    const env = {
      DATABASE_URL: 'postgres://somebody:a-password@127.0.0.1:1/none',
      TEMPORAL_ADDRESS: stack.temporalAddress,
    };
    const { code, out, err } = await run('migrate', env);
    expect(code).toBe(1);
    expect(err).toContain('DATABASE_URL: Postgres at 127.0.0.1:1/none can not be used (ECONNREFUSED');
    expect(out + err).not.toContain('a-password');
  });
});

describe('a new app', () => {
  const env = () => ({ DATABASE_URL: stack.databaseUrl, MASTER_KEY: MASTER_KEY.toString('base64') });

  test('gets credentials that are valid, told once as JSON', async () => {
    const { code, out } = await run('app', env(), ['create', '  A company  ']);
    expect(code).toBe(0);
    const { id, apiKey, apiSecret } = JSON.parse(out) as { id: number; apiKey: string; apiSecret: string };
    const knex = createKnex(stack.databaseUrl);
    const row = await findAppByApiKey(knex, apiKey);
    await knex.destroy();
    expect(row).toMatchObject({ id, name: 'A company' });
    expect(row && new Vault(MASTER_KEY).apiSecretMatches(apiSecret, row.api_secret_hash)).toBe(true);
  }, 30_000);

  test.each([[[]], [['']], [['x'.repeat(101)]]])('needs a name: %j', async (args) => {
    const { code, err } = await run('app', env(), ['create', ...args]);
    expect([code, err]).toEqual([1, 'create takes a name of 1 to 100 characters\n']);
  });
});

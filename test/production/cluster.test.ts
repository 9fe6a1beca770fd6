import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { parse } from 'yaml';
import { ApiClient } from '../../src/demo/api-client';
import { loadConfig } from '../../src/config';
import { isFree, quietFreePort } from '../../src/launch/ports';
import { findClusterBinaries } from '../../src/launch/temporal/cluster/binaries';
import { clusterConfig, DATABASES, SERVICES, uiConfig } from '../../src/launch/temporal/cluster/config';
import { exitOf, forkAllInOne, notedPids, startProcesses, type Processes } from '../support/processes';
import { until } from '../support/until';
import { processes } from '../platform/support/processes';
import { read, serviceOf } from './support/compose';

const SQL = { host: '127.0.0.1', port: 5433, user: 'temporal', password: 'only-here' };
const ports = Object.fromEntries(
  SERVICES.map((name, i) => [name, { grpc: 7233 + i, membership: 6933 + i }]),
) as Parameters<typeof clusterConfig>[1];
const config = clusterConfig(SQL, ports, '/somewhere/dynamic-config.yaml');

describe('what the server of npm run start:cluster is told', () => {
  test('all four services, on loopback only', () => {
    expect(Object.keys(config.services).sort()).toEqual(['frontend', 'history', 'matching', 'worker']);
    for (const { rpc } of Object.values(config.services)) expect(rpc.bindOnLocalHost).toBe(true);
    expect(config.global.membership.broadcastAddress).toBe('127.0.0.1');
    expect(config.clusterMetadata.clusterInformation.active.rpcAddress).toBe('127.0.0.1:7233');
    expect(uiConfig(8233, '127.0.0.1:7233', 'showrunner').host).toBe('127.0.0.1');
  });

  test('the same databases, schemas and account as the containers have', () => {
    const { datastores, defaultStore, visibilityStore } = config.persistence;
    expect(datastores[defaultStore as 'default'].sql.databaseName).toBe('temporal');
    expect(datastores[visibilityStore as 'visibility'].sql.databaseName).toBe('temporal_visibility');
    const schema = read('temporal-docker', 'temporal', 'schema.sh');
    for (const [database, name] of Object.entries(DATABASES))
      expect(schema).toContain(`prepare ${database} ${name}\n`);
    const { DB, POSTGRES_USER } = serviceOf('temporal').environment ?? {};
    expect(datastores.default.sql).toMatchObject({ pluginName: DB, user: POSTGRES_USER });
  });

  test('the password stands where the server looks for it, and nowhere else', () => {
    const places = JSON.stringify(config).split('"password":"only-here"');
    expect(places).toHaveLength(3);
    expect(places.join('')).not.toContain('only-here');
  });

  test('is built at the version of the containers', () => {
    const release = JSON.parse(read('tools', 'temporal-server', 'release.json')) as { version: string };
    const pinned = /go\.temporal\.io\/server v(\S+)/.exec(read('tools', 'temporal-server', 'go.mod'))?.[1];
    expect(pinned).toBe(release.version);
    expect(serviceOf('temporal').image).toBe(`temporalio/server:${release.version}`);
  });

  test('the ports of its members fit into its table, and are not those of outgoing connections', async () => {
    const port = await quietFreePort();
    expect(port).toBeLessThan(32_768);
    expect(await isFree(port)).toBe(true);
  });

  test('is refused on a Postgres of somebody else', () => {
    const elsewhere = { TEMPORAL_SERVER: 'cluster', DATABASE_URL: 'postgres://u@db/x' };
    expect(() => loadConfig(elsewhere)).toThrow(/TEMPORAL_SERVER: got "cluster" together with DATABASE_URL/);
    expect(loadConfig({ ...elsewhere, TEMPORAL_ADDRESS: 'temporal:7233' }).temporalServer).toBe('cluster');
  });
});

const isBuilt = (() => {
  try {
    return existsSync(findClusterBinaries(process.env).server);
  } catch {
    return false;
  }
})();

const why = isBuilt ? '' : ' (skipped: the server is not built here; npm run start:cluster builds it)';
(isBuilt ? describe : describe.skip)(`npm run start:cluster${why}`, () => {
  let stack: Processes;
  const folder = () => join(stack.dataDir, 'temporal');
  const password = () => {
    const written = parse(readFileSync(join(folder(), 'server.yaml'), 'utf8')) as typeof config;
    return written.persistence.datastores.default.sql.password;
  };

  beforeAll(async () => {
    stack = await startProcesses({ env: { TEMPORAL_SERVER: 'cluster' } });
  }, 120_000);
  afterAll(() => stack.remove(), 30_000);

  test('brings up the server and its UI, and a room can be made at once', async () => {
    expect(Object.keys(notedPids(stack.dataDir))).toEqual(
      expect.arrayContaining(['temporal', 'temporal-ui']),
    );
    const api = new ApiClient(stack.addresses.api, stack.credentials);
    const room = await api.createRoom(stack.credentials.appUserId, 'on a cluster');
    const list = `${stack.addresses.temporalUi}/api/v1/namespaces/showrunner/workflows`;
    await until(async () => (await (await fetch(list)).text()).includes(`:${room.id}"`), {
      timeoutMs: 30_000,
      what: 'the room in the UI',
    });
  }, 60_000);

  test('shows no password in arguments or logs, and keeps it for its owner', () => {
    expect(password()).toMatch(/^[0-9a-f]{48}$/);
    expect(statSync(join(folder(), 'server.yaml')).mode & 0o077).toBe(0);
    const logs = ['temporal', 'temporal-ui', 'postgres'].map((name) =>
      readFileSync(join(stack.dataDir, 'logs', `${name}.log`), 'utf8'),
    );
    const texts = [...processes().map(({ args }) => args), ...logs];
    expect(texts.filter((text) => text.includes(password()))).toEqual([]);
  });

  test('its account can not open our own database', async () => {
    const { connectAddr } = (parse(readFileSync(join(folder(), 'server.yaml'), 'utf8')) as typeof config)
      .persistence.datastores.default.sql;
    const connectionString = `postgres://temporal:${password()}@${connectAddr}`;
    const own = new Client({ connectionString: `${connectionString}/temporal` });
    await own.connect();
    await own.end();
    const ours = new Client({ connectionString: `${connectionString}/showrunner` });
    await expect(ours.connect()).rejects.toThrow(/permission denied for database/);
  });

  test('the server comes back from SIGKILL with its workflows', async () => {
    process.kill(stack.pidOf('temporal')!, 'SIGKILL');
    await until(() => stack.output().includes('temporal is back'), { timeoutMs: 60_000, what: 'its return' });
    const list = `${stack.addresses.temporalUi}/api/v1/namespaces/showrunner/workflows`;
    await until(async () => (await (await fetch(list)).text()).includes('"room:'), {
      timeoutMs: 30_000,
      what: 'the room in the UI',
    });
  }, 100_000);

  test('a data folder keeps the Temporal that it began with', async () => {
    expect(await stack.stop()).toBe(0);
    const { child, output } = forkAllInOne({ ...stack.env, TEMPORAL_SERVER: 'dev' });
    expect(await exitOf(child)).toBe(1);
    expect(output()).toContain('Set TEMPORAL_SERVER=cluster, or DATA_DIR to another folder.');
  }, 60_000);
});

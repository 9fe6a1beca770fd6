import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/launch/ports';
import { ensureCluster } from '../../src/launch/postgres/cluster';
import {
  databaseUrl,
  ensureDatabase,
  postgresProgram,
  type OwnPostgres,
} from '../../src/launch/postgres/program';
import { Supervised, type Program } from '../../src/launch/supervised';
import { findTemporalCli } from '../../src/launch/temporal/cli';
import { findClusterBinaries } from '../../src/launch/temporal/cluster/binaries';
import { ensureClusterDatabases } from '../../src/launch/temporal/cluster/databases';
import { clusterProgram } from '../../src/launch/temporal/cluster/program';
import { temporalAddress, temporalProgram } from '../../src/launch/temporal/program';
import { migrateToLatest } from '../../src/store/migrate';
import { until } from './until';
import type { HostMessage, Part, PartCommand } from './stack-protocol';

/**
 * A process of its own that holds Postgres and Temporal for tests. It ends, and takes both and its folder with it, on
 * SIGTERM and as soon as the test process is gone, however that ended.
 */

const TEMPLATE_DATABASE = 'migrated';
const PART_STOP_DEADLINE_MS = 3_000;
const CLI_NAMESPACE = 'unused';
/** Of the Temporal server, from whoever starts this process. */
const dynamicConfig = JSON.parse(process.argv[2] ?? '{}') as Record<string, number>;

const folder = mkdtempSync(join(tmpdir(), 'showrunner-test-'));
const parts = new Map<Part, Supervised>();
const say = (message: HostMessage) => process.send?.(message);

async function startPostgres(): Promise<OwnPostgres> {
  const cluster = await ensureCluster(join(folder, 'postgres'), { sync: false });
  const port = await freePort();
  const postgres = new Supervised(postgresProgram(cluster, port, { sync: false }));
  parts.set('postgres', postgres);
  await postgres.start();
  return { cluster, port };
}

async function migrateTemplate({ cluster, port }: OwnPostgres): Promise<string> {
  await ensureDatabase(cluster, port, TEMPLATE_DATABASE);
  await migrateToLatest(databaseUrl(cluster, port, TEMPLATE_DATABASE));
  return databaseUrl(cluster, port, 'postgres');
}

function devServer(port: number): Program {
  const dbFile = join(folder, 'temporal.db');
  const cli = findTemporalCli(null, process.env);
  return temporalProgram({ cli, dbFile, port, uiPort: null, namespace: CLI_NAMESPACE, dynamicConfig });
}

async function cluster(port: number, postgres: OwnPostgres): Promise<Program> {
  const binaries = findClusterBinaries(process.env);
  const sql = await ensureClusterDatabases(binaries.sqlTool, postgres.cluster, postgres.port);
  return clusterProgram({ binaries, folder: join(folder, 'temporal'), sql, port });
}

async function startTemporal(postgres: Promise<OwnPostgres>): Promise<string> {
  const port = await freePort();
  const isCluster = process.env.TEMPORAL_SERVER === 'cluster';
  const temporal = new Supervised(isCluster ? await cluster(port, await postgres) : devServer(port));
  parts.set('temporal', temporal);
  await temporal.start();
  return temporalAddress(port);
}

let ending = false;
async function end(exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.all([...parts.values()].map((part) => part.stop(PART_STOP_DEADLINE_MS)));
  rmSync(folder, { recursive: true, force: true });
  process.exit(exitCode);
}

async function kill(it: Supervised): Promise<void> {
  const { pid } = it;
  it.killNow();
  await until(() => it.pid !== pid, { timeoutMs: PART_STOP_DEADLINE_MS, what: `${it.name} to be dead` });
}

async function obey({ id, part, action }: PartCommand): Promise<void> {
  try {
    const it = parts.get(part);
    if (!it) throw new Error(`${part} was never started`);
    if (action === 'start') await it.start();
    if (action === 'stop') await it.stop(PART_STOP_DEADLINE_MS);
    if (action === 'kill' || action === 'crash') await kill(it);
    if (action === 'kill') await it.stop(0);
    say({ type: 'done', id, why: null });
  } catch (error) {
    say({ type: 'done', id, why: (error as Error).message });
  }
}

process.on('SIGTERM', () => void end(0));
// A terminal's Ctrl-C reaches the test process too, which then goes.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => void end(0));
process.on('message', (command: PartCommand) => void obey(command));

const postgres = startPostgres();
Promise.all([postgres.then(migrateTemplate), startTemporal(postgres)]).then(
  ([adminUrl, address]) => {
    const info = {
      hostPid: process.pid,
      adminUrl,
      templateDatabase: TEMPLATE_DATABASE,
      temporalAddress: address,
    };
    say({ type: 'ready', info });
  },
  (error: Error) => {
    say({ type: 'failed', why: error.message });
    void end(1);
  },
);

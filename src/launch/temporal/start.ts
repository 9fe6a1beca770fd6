import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config';
import type { OwnPostgres } from '../postgres/program';
import type { Program } from '../supervised';
import { findTemporalCli } from './cli';
import { findClusterBinaries } from './cluster/binaries';
import { ensureClusterDatabases } from './cluster/databases';
import { clusterProgram, clusterUiProgram } from './cluster/program';
import { temporalAddress, temporalProgram } from './program';

/** What a start of Temporal needs of its supervisor. */
export interface TemporalStart {
  config: Config;
  env: NodeJS.ProcessEnv;
  say(text: string): void;
  /** Starts a program and keeps it running. */
  launch(program: Program): Promise<void>;
  /** The Postgres that was started for us; resolves as soon as it takes connections. */
  postgres: Promise<OwnPostgres | null>;
}

/** Each kind's workflows lie in the data folder: in a file, or beside the cluster's generated configuration in Postgres. */
const DEV_SERVER_FILE = 'temporal.db';
const CLUSTER_FOLDER = 'temporal';

/** Old workflows that came back would contradict the record, which has gone on without them. */
function refuseOther(dataDir: string, other: string, setting: 'dev' | 'cluster'): void {
  if (!existsSync(join(dataDir, other))) return;
  throw new Error(
    `The workflows of ${dataDir} are in ${setting === 'cluster' ? 'its Temporal cluster' : "the dev server's file"}. ` +
      `Set TEMPORAL_SERVER=${setting}, or DATA_DIR to another folder.`,
  );
}

async function startDevServer({ config, env, say, launch }: TemporalStart): Promise<void> {
  refuseOther(config.dataDir, CLUSTER_FOLDER, 'cluster');
  say('Temporal: starting the dev server (about 1 s)');
  const { temporal: port, temporalUi: uiPort } = config.ports;
  const cli = findTemporalCli(config.temporalCli, env);
  const dbFile = join(config.dataDir, DEV_SERVER_FILE);
  await launch(temporalProgram({ cli, dbFile, port, uiPort, namespace: config.temporalNamespace }));
}

async function startCluster({ config, env, say, launch, postgres }: TemporalStart): Promise<void> {
  refuseOther(config.dataDir, DEV_SERVER_FILE, 'dev');
  const binaries = findClusterBinaries(env);
  const own = await postgres;
  if (!own) throw new Error('A Temporal cluster of ours lives in a Postgres of ours.');
  say('Temporal: starting a server on Postgres (about 2 s; 4 s the first time)');
  const sql = await ensureClusterDatabases(binaries.sqlTool, own.cluster, own.port);
  const { temporal: port, temporalUi: uiPort } = config.ports;
  const at = { binaries, folder: join(config.dataDir, CLUSTER_FOLDER), port };
  await launch(clusterProgram({ ...at, sql }));
  await launch(clusterUiProgram({ ...at, uiPort, namespace: config.temporalNamespace }));
}

/** Starts the Temporal that TEMPORAL_SERVER names; answers its host:port. */
export async function startTemporal(it: TemporalStart): Promise<string> {
  await (it.config.temporalServer === 'cluster' ? startCluster(it) : startDevServer(it));
  return temporalAddress(it.config.ports.temporal);
}

import { spawn } from 'node:child_process';
import { Client } from 'pg';
import type { Program } from '../supervised';
import { asAccount } from './account';
import { SUPERUSER, type Cluster } from './cluster';

/** Never wider than this machine, whatever HOST says. */
export const LISTEN_ADDRESS = '127.0.0.1';
/** Ours in the cluster. */
export const DATABASE = 'showrunner';
/** After a crash the server replays its log before it takes connections. */
const START_TIMEOUT_MS = 60_000;
/**
 * The worker with a pool of twenty, three roles with ten each, several of a kind in production, a Temporal cluster with up
 * to 120, and room for a human.
 */
const MAX_CONNECTIONS = 300;

/** A Postgres that we started. */
export interface OwnPostgres {
  cluster: Cluster;
  port: number;
}

/** For clusters of tests: a commit survives the death of the server, but not of the machine. */
const UNSAFE = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];

/** Postgres as the supervisor runs it: on loopback TCP only, no Unix socket, logging to standard error. */
export function postgresProgram(cluster: Cluster, port: number, options: { sync: boolean }): Program {
  const settings = ['-c', `listen_addresses=${LISTEN_ADDRESS}`, '-c', 'unix_socket_directories='];
  const limits = ['-c', `max_connections=${MAX_CONNECTIONS}`, '-c', 'log_line_prefix=%m '];
  const args = [
    '-D',
    cluster.dir,
    '-p',
    String(port),
    ...settings,
    ...limits,
    ...(options.sync ? [] : UNSAFE),
  ];
  return {
    name: 'postgres',
    spawn: () => {
      const it = asAccount(cluster.account, cluster.binaries.postgres, args);
      const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
      return spawn(it.command, it.args, {
        ...it.ids,
        cwd: '/',
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    },
    ready: { line: /database system is ready to accept connections/ },
    startTimeoutMs: START_TIMEOUT_MS,
    // "Fast": ends connections instead of waiting for them.
    stopSignal: 'SIGINT',
  };
}

/** The address of a database of the cluster. Holds the password: never in argv, never in a log. */
export function databaseUrl(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@${LISTEN_ADDRESS}:${port}/${database}`;
}

/** Makes the database where it is missing; with an owner, that account and superusers alone may connect. */
export async function ensureDatabase(
  cluster: Cluster,
  port: number,
  database: string,
  owner?: string,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl(cluster, port, 'postgres') });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    const name = client.escapeIdentifier(database);
    const its = owner ? ` owner ${client.escapeIdentifier(owner)}` : '';
    if (found.rowCount === 0) await client.query(`create database ${name}${its}`);
    if (owner) await client.query(`revoke connect on database ${name} from public`);
  } finally {
    await client.end();
  }
}

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Cluster } from '../../postgres/cluster';
import { databaseUrl, ensureDatabase } from '../../postgres/program';
import { DATABASES, SQL_PLUGIN, type ClusterDatabase, type ClusterSql } from './config';

const HOST = '127.0.0.1';
const USER = 'temporal';
const PASSWORD_BYTES = 24;
/** Both schemas take 0.7 s on an idle machine. */
const SCHEMA_TIMEOUT_MS = 60_000;

/** An account that sees Temporal's databases only, with a fresh password at each start: it is kept nowhere but in the server's configuration. */
async function ensureAccount(cluster: Cluster, port: number): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  const client = new Client({ connectionString: databaseUrl(cluster, port, 'postgres') });
  await client.connect();
  try {
    // A statement that fails would be written to Postgres' log, password and all.
    await client.query('set log_min_error_statement = panic');
    const found = await client.query('select 1 from pg_roles where rolname = $1', [USER]);
    const verb = found.rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${USER} login password ${client.escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
  return password;
}

/** Brings one database to the schema of the tool's version; leaves what is there already. */
async function ensureSchema(sqlTool: string, sql: ClusterSql, database: ClusterDatabase): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    SQL_PLUGIN,
    SQL_HOST: sql.host,
    SQL_PORT: String(sql.port),
    SQL_USER: sql.user,
    SQL_PASSWORD: sql.password,
    SQL_DATABASE: database,
  };
  const run = (args: string[]) =>
    promisify(execFile)(sqlTool, args, { cwd: '/', env, timeout: SCHEMA_TIMEOUT_MS });
  await run(['setup-schema', '--version', '0.0']);
  await run(['update-schema', '--schema-name', DATABASES[database]]);
}

/** Makes what a Temporal cluster needs beside our own database: its account, its two databases and their schemas. Safe to repeat. */
export async function ensureClusterDatabases(
  sqlTool: string,
  cluster: Cluster,
  port: number,
): Promise<ClusterSql> {
  const sql: ClusterSql = { host: HOST, port, user: USER, password: await ensureAccount(cluster, port) };
  for (const database of Object.keys(DATABASES) as ClusterDatabase[]) {
    await ensureDatabase(cluster, port, database, USER);
    await ensureSchema(sqlTool, sql, database);
  }
  return sql;
}

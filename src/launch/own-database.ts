import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config';
import { SUPERUSER } from './postgres/cluster';
import { DATABASE, LISTEN_ADDRESS } from './postgres/program';

/** Of postmaster.pid, which Postgres writes: process, folder, start time, then the port. */
const PORT_LINE = 3;

/**
 * Where the database is: DATABASE_URL, else that of the `npm start` that runs on our data folder. Null where none runs.
 * Holds the password: never in argv, never in a log.
 */
export function findDatabase({ databaseUrl, dataDir }: Config): string | null {
  if (databaseUrl) return databaseUrl;
  const home = join(dataDir, 'postgres');
  const noted = join(home, 'cluster', 'postmaster.pid');
  if (!existsSync(noted)) return null;
  const port = Number(readFileSync(noted, 'utf8').split('\n')[PORT_LINE]);
  if (!Number.isInteger(port) || port <= 0) return null;
  const password = readFileSync(join(home, 'password'), 'utf8').trim();
  return `postgres://${SUPERUSER}:${password}@${LISTEN_ADDRESS}:${port}/${DATABASE}`;
}

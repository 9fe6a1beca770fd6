import type { Knex } from 'knex';
import { Client } from 'pg';
import { MigrationList } from '../../migrations';
import { createKnex } from './knex';

/** Any number of our own: two starts on one database migrate one after the other. */
const MIGRATION_LOCK_ID = 7_203_519_441;
/** An index on a big table may take minutes to build. */
const MIGRATION_STATEMENT_TIMEOUT_MS = 10 * 60_000;
/** A database that can't be reached at start-up is told soon. */
const LOCK_CONNECT_TIMEOUT_MS = 5_000;
const MIGRATION_CONFIG: Knex.MigratorConfig = { migrationSource: new MigrationList() };

/**
 * Runs `work` alone on this database. Holding the advisory lock proves that no other process migrates, so a lock row that
 * knex left behind in a killed start is stale and is freed. (The advisory lock itself ends with its connection.)
 */
async function withMigrationLock<T>(databaseUrl: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const lock = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: LOCK_CONNECT_TIMEOUT_MS,
  });
  const knex = createKnex(databaseUrl, {
    applicationName: 'showrunner-migrate',
    statementTimeoutMs: MIGRATION_STATEMENT_TIMEOUT_MS,
  });
  // A database that dies meanwhile fails the migration's own queries; without a listener it would end the process here.
  lock.on('error', () => undefined);
  try {
    await lock.connect();
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK_ID]);
    await knex.migrate.forceFreeMigrationsLock(MIGRATION_CONFIG);
    return await work(knex);
  } finally {
    await Promise.all([lock.end(), knex.destroy()]);
  }
}

/** Brings the schema up to date; answers the names of the migrations that ran. Safe to call from several starts at once. */
export function migrateToLatest(databaseUrl: string): Promise<string[]> {
  return withMigrationLock(databaseUrl, async (knex) => {
    const [, names] = (await knex.migrate.latest(MIGRATION_CONFIG)) as [number, string[]];
    return names;
  });
}

/** Takes back every migration, and with it all data. For tests and for proving that each `down` works. */
export function rollbackAll(databaseUrl: string): Promise<string[]> {
  return withMigrationLock(databaseUrl, async (knex) => {
    const [, names] = (await knex.migrate.rollback(MIGRATION_CONFIG, true)) as [number, string[]];
    return names;
  });
}

import { knex as buildKnex, type Knex } from 'knex';
import { TypeOverrides } from 'pg';
import type { Logger } from '../logger';

/** A connection that can't be opened in this time is told as "database away": a publish must be answered within 3 s. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Wait for a free connection of the pool; the same limit, for the same reason. */
const ACQUIRE_TIMEOUT_MS = 2_000;
/** All our statements touch single rows or one page; one that takes longer waits for a lock, and is better tried again. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** The client's own limit, for a server that vanished without closing, is this much above the server's. */
const QUERY_TIMEOUT_MARGIN_MS = 1_000;
/** A transaction whose process froze must not keep a row locked. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** Enough for a role that waits on Postgres only briefly; ten roles stay below the server's usual 100. */
const DEFAULT_POOL_MAX_CONNECTIONS = 10;

/** OID of BIGINT. Ids stay far below 2^53, so they are numbers in our code; one that is not is a fault worth stopping for. */
const INT8_OID = 20;
function parseBigInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('a BIGINT beyond 2^53 came from the database');
  return value;
}

/** Kept open once opened: a password's proof costs some 20 ms, which a publish or a go live after a pause should not pay. */
const WARM_CONNECTIONS = 2;

export interface StoreOptions {
  /** Most connections of this process; they are opened as needed. */
  poolMaxConnections?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** For migrations, which may build an index for long. */
  statementTimeoutMs?: number;
  /** Takes what knex says besides. Without it that is dropped: every error reaches the caller of its query anyway. */
  log?: Logger;
}

/**
 * A pool on Postgres. BIGINT comes as number, timestamptz as Date. Whoever creates it ends it with `destroy()`.
 * Nothing connects before the first query.
 */
export function createKnex(databaseUrl: string, options: StoreOptions = {}): Knex {
  const types = new TypeOverrides();
  types.setTypeParser(INT8_OID, parseBigInteger);
  const max = options.poolMaxConnections ?? DEFAULT_POOL_MAX_CONNECTIONS;
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return buildKnex({
    client: 'pg',
    connection: {
      connectionString: databaseUrl,
      application_name: options.applicationName ?? 'showrunner',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + QUERY_TIMEOUT_MARGIN_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      keepAlive: true,
      types,
    } as Knex.PgConnectionConfig,
    pool: { min: Math.min(WARM_CONNECTIONS, max), max },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    log: knexLog(options.log),
    // Errors name the statement, not its values: those may be somebody's secrets.
    compileSqlOnError: false,
  });
}

/** Otherwise knex writes to the console. */
function knexLog(log: Logger | undefined): Knex.Logger {
  const warn = (said: unknown) => log?.warn({ said: String(said) }, 'knex');
  return { warn, error: warn, deprecate: warn, debug: () => undefined };
}

import { CodedError } from '../domain/errors';

/** Node's codes for a connection that could not be made or was lost. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the server's Unix socket is not there
]);
/** Postgres' own: 08 connection, 53 resources (too many connections, disk), 57P0x shutdown; 57014 and 55P03 are our own deadlines. */
const SQLSTATE_AWAY = /^(08...|53...|57P0.|57014|55P03|25P03)$/;
/** What pg and the pool say without a code. */
const MESSAGES_AWAY = [
  'Connection terminated',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Connection ended unexpectedly',
];

interface MaybeCoded {
  code?: unknown;
  name?: unknown;
  message?: unknown;
}

/** Is the database away, rather than the statement wrong? Then the same work may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, name, message } = error as MaybeCoded;
  if (name === 'KnexTimeoutError') return true;
  if (typeof code === 'string' && (NETWORK_CODES.has(code) || SQLSTATE_AWAY.test(code))) return true;
  return typeof message === 'string' && MESSAGES_AWAY.some((part) => message.includes(part));
}

/** Runs database work; a database that is away becomes CodedError DATABASE_UNAVAILABLE, other errors pass unchanged. */
export async function whileDatabaseAnswers<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDatabaseAway(error) ? new CodedError('DATABASE_UNAVAILABLE') : error;
  }
}

/** Did a write hit this unique index? */
export function hitsUniqueIndex(error: unknown, index: string): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown };
  return code === '23505' && constraint === index;
}

import { ConfigError } from '../config';

type Server = 'DATABASE_URL' | 'TEMPORAL_ADDRESS';
const WHAT: Record<Server, { name: string; without: string }> = {
  DATABASE_URL: { name: 'Postgres', without: 'one below DATA_DIR' },
  TEMPORAL_ADDRESS: { name: 'Temporal', without: 'a dev server below DATA_DIR' },
};

/** Where it is, without user and password. */
function placeOf(value: string): string {
  if (!value.includes('://')) return value;
  const { host, pathname } = new URL(value);
  return `${host}${pathname}`;
}

/** Postgres' code or Node's says more than the message: that of several addresses tried is empty. */
function reasonOf(error: unknown): string {
  const { code, message, name } = error as { code?: unknown; message?: string; name?: string };
  // Knex guesses at mistakes in the code that uses it, which is nothing for an operator; pg may be a moment earlier.
  if (name === 'KnexTimeoutError' || message === 'timeout expired') return 'no answer in time';
  const said = message?.split('\n')[0];
  return [...new Set([typeof code === 'string' ? code : null, said])].filter(Boolean).join(': ');
}

/**
 * The first use of a server that a setting names. What goes wrong becomes a ConfigError that names the setting, the place
 * (never the password), the reason and what to do.
 */
export async function reach<T>(setting: Server, value: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const { name, without } = WHAT[setting];
    throw new ConfigError([
      `${setting}: ${name} at ${placeOf(value)} can not be used (${reasonOf(error)}). Start it or correct the setting; without it \`npm start\` starts ${without}.`,
    ]);
  }
}

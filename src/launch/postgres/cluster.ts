import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { writeSecretFile } from '../secret-file';
import { asAccount, postgresIds, reachThrough, type PostgresAccount } from './account';
import { findPostgresBinaries, type PostgresBinaries } from './binaries';

/** A database cluster on disk, and who runs it. */
export interface Cluster {
  /** The server's own data folder. */
  dir: string;
  binaries: PostgresBinaries;
  account: PostgresAccount | null;
  /** Of the superuser; its name is `SUPERUSER`. */
  password: string;
}

export const SUPERUSER = 'showrunner';
const PASSWORD_BYTES = 24;

/** The password is made once and kept beside the cluster, readable by us alone. */
function ensurePassword(file: string): string {
  if (!existsSync(file)) writeSecretFile(file, `${randomBytes(PASSWORD_BYTES).toString('hex')}\n`);
  return readFileSync(file, 'utf8').trim();
}

async function run(account: PostgresAccount | null, program: string, args: string[]): Promise<void> {
  const { command, args: all, ids } = asAccount(account, program, args);
  const child = spawn(command, all, {
    ...ids,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} failed (exit code ${code}):\n${output.trim()}`);
}

async function initialise(cluster: Cluster, sync: boolean): Promise<void> {
  const { dir, account, binaries, password } = cluster;
  // Made beside its place and moved there whole, so that a killed initdb is never taken for a cluster.
  const fresh = `${dir}.new`;
  const passwordFile = join(dirname(dir), 'initdb.password');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account) chownSync(passwordFile, account.uid, account.gid);
    const args = [
      '-D',
      fresh,
      '-U',
      SUPERUSER,
      '--pwfile',
      passwordFile,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
    ];
    await run(account, binaries.initdb, [...args, '--locale=C', ...(sync ? [] : ['--no-sync'])]);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, dir);
}

/**
 * Opens the cluster below `home`, making it at the first start (about a second).
 * `sync: false` is for tests, whose clusters need not survive a power cut.
 */
export async function ensureCluster(home: string, options: { sync: boolean }): Promise<Cluster> {
  const binaries = findPostgresBinaries();
  const dir = join(home, 'cluster');
  const exists = existsSync(dir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chmodSync(home, 0o700);
  const ids = postgresIds(exists ? dir : null);
  if (ids) chownSync(home, ids.uid, ids.gid);
  const account = ids && reachThrough(ids, [home, binaries.initdb, binaries.postgres]);
  const cluster = { dir, binaries, account, password: ensurePassword(join(home, 'password')) };
  if (!exists) await initialise(cluster, options.sync);
  return cluster;
}

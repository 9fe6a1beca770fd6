import { execFile, fork, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { AllInOneMessage } from '../../../src/bin/all-in-one';
import { freePort } from '../../../src/launch/ports';
import type { DemoCredentials } from '../../../src/store/demo-app';
import { until } from '../../support/until';

const REPOSITORY = resolve(__dirname, '../../..');
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
/** Postgres of a root's start is another account, and must pass the folder. */
const PASSABLE = 0o711;

/** The real thing, as `npm start` runs it: the supervisor and its roles as processes, on free ports in a folder of its own. */
export interface Showrunner {
  addresses: AllInOneMessage['addresses'];
  dataDir: string;
  /** What a process needs to find it. */
  env: NodeJS.ProcessEnv;
  credentials: DemoCredentials;
  databaseUrl(): Promise<string>;
  pid: number;
  /** What it printed, banner included. */
  output(): string;
  stop(): Promise<void>;
}

export async function startShowrunner(): Promise<Showrunner> {
  // As `npm test` does; nothing to do where the build is up to date.
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: REPOSITORY });
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-e2e-'));
  chmodSync(folder, PASSABLE);
  const dataDir = join(folder, 'data');
  const postgresPort = await freePort();
  const env = { ...process.env, ...(await ports()), POSTGRES_PORT: String(postgresPort), DATA_DIR: dataDir };
  const child = fork(join(REPOSITORY, 'dist/src/bin/all-in-one.js'), [], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  let ready: AllInOneMessage | null = null;
  child.on('message', (message: AllInOneMessage) => (ready = message));
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { addresses } = await until(
      () => {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`);
        return ready;
      },
      { timeoutMs: START_TIMEOUT_MS, what: 'Showrunner to be ready' },
    );
    const credentials = JSON.parse(
      readFileSync(join(dataDir, 'credentials.json'), 'utf8'),
    ) as DemoCredentials;
    return {
      ...{ addresses, dataDir, env, credentials, pid: child.pid!, output: () => output, stop },
      databaseUrl: () => roleVariable(child.pid!, 'DATABASE_URL'),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ports(): Promise<Record<string, string>> {
  const names = ['API_PORT', 'MEDIA_PORT', 'RTMP_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  const entries: [string, string][] = [];
  for (const name of names) entries.push([name, String(await freePort())]);
  return Object.fromEntries(entries);
}

/** The supervisor tells its roles the database's address in their environment, and nobody else. */
async function roleVariable(supervisor: number, name: string): Promise<string> {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ');
  for (const pid of children) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const found = environment.find((entry) => entry.startsWith(`${name}=`));
    if (found && found.length > name.length + 1) return found.slice(name.length + 1);
  }
  throw new Error(`no role of ${supervisor} has ${name}`);
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
    child.kill('SIGTERM');
  });
}

import { execFile, fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { AllInOneMessage } from '../../src/bin/all-in-one';
import type { Addresses } from '../../src/launch/banner';
import { freePort } from '../../src/launch/ports';
import type { DemoCredentials } from '../../src/store/demo-app';
import { RUN_FOLDER_VARIABLE } from './run-folder';

const REPOSITORY = resolve(__dirname, '../..');
const ALL_IN_ONE = join(REPOSITORY, 'dist/src/bin/all-in-one.js');
/** A first start takes 6 s on an idle machine; suites may share theirs. */
const READY_DEADLINE_MS = 90_000;

/** The programs that the supervisor runs. */
export type ProgramName = 'postgres' | 'temporal' | 'temporal-ui' | 'worker' | 'archiver' | 'media' | 'api';

/** A whole Showrunner as `npm start` runs it, on free ports. */
export interface Processes {
  addresses: Addresses;
  dataDir: string;
  /** The environment that it got; start again with it to come back to the same data and ports. */
  env: Record<string, string>;
  /** Of the supervisor. */
  pid: number;
  /** From the supervisor's start until it said that everything answers, milliseconds. */
  startMs: number;
  credentials: DemoCredentials;
  /** The pid of a program right now; null between its death and its restart. */
  pidOf(name: ProgramName): number | null;
  /** What the supervisor said on its terminal, whole, the banner with its secrets included. */
  output(): string;
  /** SIGTERM, and the exit code once it is gone. Safe twice. */
  stop(): Promise<number | null>;
  /** SIGKILL to the supervisor alone, as the machine's out-of-memory killer does it. */
  kill(): Promise<void>;
  /** Stops it and removes its data folder. */
  remove(): Promise<void>;
}

export interface ProcessesOptions {
  /** Settings over the ones of the test: free ports and a data folder of its own. */
  env?: Record<string, string>;
}

async function settings(options: ProcessesOptions): Promise<Record<string, string>> {
  const names = ['API_PORT', 'MEDIA_PORT', 'RTMP_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, String(await freePort())] as const));
  const parent = process.env[RUN_FOLDER_VARIABLE] ?? tmpdir();
  const dataDir = options.env?.DATA_DIR ?? mkdtempSync(join(parent, 'data-'));
  // Tests ask as often as nobody else does.
  return { ...Object.fromEntries(ports), DATA_DIR: dataDir, RATE_LIMIT: 'off', ...options.env };
}

/** Forks the supervisor without waiting for it, for starts that are to fail. `env` comes on top of PATH and HOME. */
export function forkAllInOne(env: Record<string, string>): { child: ChildProcess; output: () => string } {
  if (!existsSync(ALL_IN_ONE)) throw new Error('there is no build: npm run build');
  const child = fork(ALL_IN_ONE, [], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      // So that a suite can be run on a cluster too: TEMPORAL_SERVER=cluster npx jest test/crash
      TEMPORAL_SERVER: process.env.TEMPORAL_SERVER,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => child.once('exit', (code) => done(code)));
}

function whenReady(child: ChildProcess, output: () => string): Promise<Addresses> {
  return new Promise((done, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready in ${READY_DEADLINE_MS} ms:\n${output()}`)),
      READY_DEADLINE_MS,
    );
    child.on('message', (message: AllInOneMessage) => {
      clearTimeout(timer);
      done(message.addresses);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the start ended with exit code ${code}:\n${output()}`));
    });
  });
}

/** The pids of all programs that run now, by name, from the supervisor's own notes. */
export function notedPids(dataDir: string): Partial<Record<ProgramName, number>> {
  const folder = join(dataDir, 'run');
  const pids: Partial<Record<ProgramName, number>> = {};
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const note = readNote(join(folder, file));
    if (note) pids[note.name] = note.pid;
  }
  return pids;
}

/** Null: its program ended since the folder was listed. */
function readNote(file: string): { name: ProgramName; pid: number } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name: ProgramName; pid: number };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Starts a whole Showrunner and waits until it is ready. It ends with the test process, whatever happens to that. */
export async function startProcesses(options: ProcessesOptions = {}): Promise<Processes> {
  // As `npm test` does; nothing to do where the build is up to date.
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: REPOSITORY });
  const env = await settings(options);
  const dataDir = env.DATA_DIR ?? '';
  const startedAt = performance.now();
  const { child, output } = forkAllInOne(env);
  const addresses = await whenReady(child, output);
  const startMs = performance.now() - startedAt;
  const stop = async () => {
    child.kill('SIGTERM');
    return exitOf(child);
  };
  return {
    addresses,
    dataDir,
    env,
    pid: child.pid ?? 0,
    startMs,
    credentials: JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as DemoCredentials,
    pidOf: (name) => notedPids(dataDir)[name] ?? null,
    output,
    stop,
    kill: async () => {
      child.kill('SIGKILL');
      await exitOf(child);
    },
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

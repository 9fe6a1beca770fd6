import { fork, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AllInOneMessage } from '../bin/all-in-one';
import { urlHost, type Config } from '../config';
import { freePort } from '../launch/ports';
import type { Credentials } from './api-client';

/** A Showrunner to play the demo on. */
export interface DemoStack {
  api: string;
  /** Null where it is not known (TEMPORAL_ADDRESS). */
  temporalUi: string | null;
  namespace: string;
  ffmpegPath: string;
  ffprobePath: string;
  credentials: Credentials;
  isOwn: boolean;
  /** What went wrong in it, for people; empty for one that was running before. */
  complaints(): string[];
  /** Stops and removes one of our own; leaves a running one alone. */
  close(): Promise<void>;
}

const CREDENTIALS_FILE = 'credentials.json';
/** A local API answers in milliseconds; one that does not is not there. */
const REACHABLE_TIMEOUT_MS = 2_000;
/** The first start makes a database cluster: 6 s where nothing else runs. */
const START_TIMEOUT_MS = 120_000;
/** The supervisor promises 10 s. */
const STOP_TIMEOUT_MS = 15_000;
const MAX_COMPLAINTS = 20;
/** pino's `error`. */
const ERROR_LEVEL = 50;
/** Postgres of a root's start is another account, and must pass the folder. */
const PASSABLE = 0o711;

/** The Showrunner that these settings name, where it answers; else null. */
export async function runningStack(config: Config): Promise<DemoStack | null> {
  const file = join(config.dataDir, CREDENTIALS_FILE);
  const api = `http://${urlHost(config.host)}:${config.ports.api}`;
  if (!existsSync(file)) return null;
  const isReady = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(REACHABLE_TIMEOUT_MS) }).then(
    (answer) => answer.ok,
    // Refused or late: nobody is there.
    () => false,
  );
  if (!isReady) return null;
  return {
    api,
    temporalUi: config.temporalAddress ? null : `http://127.0.0.1:${config.ports.temporalUi}`,
    namespace: config.temporalNamespace,
    ffmpegPath: config.ffmpegPath,
    ffprobePath: config.ffprobePath,
    credentials: JSON.parse(readFileSync(file, 'utf8')) as Credentials,
    isOwn: false,
    complaints: () => [],
    close: async () => {},
  };
}

/** Starts a Showrunner on free ports in a folder of its own, for this demo only. Rejects where the signal ends the start. */
export async function ownStack(
  config: Config,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<DemoStack> {
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-demo-'));
  chmodSync(folder, PASSABLE);
  const dataDir = join(folder, 'data');
  const child = fork(join(__dirname, '..', 'bin', 'all-in-one.js'), [], {
    env: { ...env, ...(await freshSettings(dataDir)) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C is for the demo, which then stops this in order.
    detached: true,
  });
  const onAbort = () => child.kill('SIGTERM');
  signal.addEventListener('abort', onAbort, { once: true });
  // Whatever ends the demo, nothing of it stays: the stack ends when its channel closes, the folder goes here.
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const close = async () => {
    signal.removeEventListener('abort', onAbort);
    await stop(child);
    removeFolder();
    process.removeListener('exit', removeFolder);
  };
  try {
    const { addresses } = await ready(child);
    return {
      api: addresses.api,
      temporalUi: addresses.temporalUi,
      namespace: config.temporalNamespace,
      ffmpegPath: config.ffmpegPath,
      ffprobePath: config.ffprobePath,
      credentials: JSON.parse(readFileSync(join(dataDir, CREDENTIALS_FILE), 'utf8')) as Credentials,
      isOwn: true,
      complaints: () => complaintsIn(join(dataDir, 'logs')),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freshSettings(dataDir: string): Promise<Record<string, string>> {
  const names = ['API_PORT', 'MEDIA_PORT', 'RTMP_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  const ports: Record<string, string> = {};
  while (Object.keys(ports).length < names.length) {
    const port = String(await freePort());
    if (!Object.values(ports).includes(port)) ports[names[Object.keys(ports).length]!] = port;
  }
  // A stack of our own has its own servers, whatever the environment names for others.
  const own = {
    HOST: '127.0.0.1',
    POSTGRES_PORT: '',
    STORAGE_DIR: '',
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
  };
  return { ...ports, ...own, PUBLIC_HTTP_URL: '', PUBLIC_RTMP_URL: '', MASTER_KEY: '', DATA_DIR: dataDir };
}

function ready(child: ChildProcess): Promise<AllInOneMessage> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no start within ${START_TIMEOUT_MS} ms: ${said}`)),
      START_TIMEOUT_MS,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    child.on('message', (message: AllInOneMessage) => {
      if (message.type === 'ready') settle(() => resolve(message));
    });
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) =>
      settle(() => reject(new Error(`Showrunner ended with ${code}: ${said.trim()}`))),
    );
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Errors in the roles' logs, newest last. */
function complaintsIn(logs: string): string[] {
  if (!existsSync(logs)) return [];
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'));
  return lines.filter((line) => levelOf(line) >= ERROR_LEVEL).slice(-MAX_COMPLAINTS);
}

/** Ours are JSON; other programs' lines are not, and have no level. */
function levelOf(line: string): number {
  if (!line.startsWith('{')) return 0;
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return typeof level === 'number' ? level : 0;
  } catch {
    return 0;
  }
}

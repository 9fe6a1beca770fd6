import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { SettingValues } from '../../src/settings';
import { prepareNamespace } from '../../src/temporal/prepare-namespace';
import { RUN_FOLDER_VARIABLE, STACK_FILE } from './run-folder';
import { until } from './until';
import type { HostMessage, Part, PartAction, StackInfo } from './stack-protocol';

const REPOSITORY = resolve(__dirname, '../..');
/** Both servers are up after some seconds, also on a busy machine. */
const SHARED_START_MS = 30_000;

/** Real Postgres and real Temporal for one suite. */
export interface Stack {
  /** A fresh, migrated database. */
  databaseUrl: string;
  /** host:port */
  temporalAddress: string;
  /** A fresh namespace with our search attributes: workflows of other suites are not in it. */
  namespace: string;
  /** One more fresh, migrated database; answers its URL. */
  createDatabase(): Promise<string>;
  /** For a private stack: stops (orderly), kills (SIGKILL) or starts one part; it keeps its port and its data. */
  act(part: Part, action: PartAction): Promise<void>;
  /** Removes what this suite made. Safe twice. */
  stop(): Promise<void>;
}

export interface StackOptions {
  private?: boolean;
  temporal?: SettingValues['TEMPORAL_SERVER'];
  /** Settings of a private dev server, by name. */
  dynamicConfig?: Record<string, number>;
}

async function startHost({ temporal, dynamicConfig }: StackOptions = {}): Promise<{
  info: StackInfo;
  child: ChildProcess;
}> {
  const env = temporal ? { ...process.env, TEMPORAL_SERVER: temporal } : process.env;
  const child = fork(join(__dirname, 'stack-host.ts'), [JSON.stringify(dynamicConfig ?? {})], {
    cwd: REPOSITORY,
    execArgv: ['-r', join(REPOSITORY, 'scripts/support/ts-register.cjs')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
    detached: true,
  });
  const info = await new Promise<StackInfo>((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the test stack's host ended with exit code ${code}`)));
    child.on('message', (message: HostMessage) => {
      if (message.type === 'ready') done(message.info);
      if (message.type === 'failed') reject(new Error(`the test stack did not start: ${message.why}`));
    });
  });
  // Its channel must not keep jest from ending; the host goes when jest goes.
  child.unref();
  child.channel?.unref();
  return { info, child };
}

/** True for one caller: of two suites at once, only one starts the servers. */
function isFirst(file: string): boolean {
  try {
    mkdirSync(`${file}.starting`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The run's shared stack, started by the first suite that asks. */
async function sharedStack(): Promise<StackInfo> {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (!folder) throw new Error('run the tests through jest with this repository’s configuration');
  const file = join(folder, STACK_FILE);
  if (isFirst(file)) {
    const { info } = await startHost();
    writeFileSync(`${file}.new`, JSON.stringify(info));
    renameSync(`${file}.new`, file);
  }
  await until(() => existsSync(file), {
    timeoutMs: SHARED_START_MS,
    what: 'the stack that another suite starts',
  });
  return JSON.parse(readFileSync(file, 'utf8')) as StackInfo;
}

async function admin(info: StackInfo, statement: string): Promise<void> {
  const client = new Client({ connectionString: info.adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const randomName = (prefix: string) => `${prefix}_${randomBytes(6).toString('hex')}`;

function command(child: ChildProcess, part: Part, action: PartAction): Promise<void> {
  const id = randomBytes(4).readUInt32BE();
  return new Promise((done, reject) => {
    const onMessage = (message: HostMessage) => {
      if (message.type !== 'done' || message.id !== id) return;
      child.off('message', onMessage);
      if (message.why === null) done();
      else reject(new Error(message.why));
    };
    child.on('message', onMessage);
    child.send({ id, part, action });
  });
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.ref();
    child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}

/**
 * Starts what a suite needs: a fresh database and a fresh namespace on servers that all suites of the run share (the
 * first one waits about 2 s for them). `private: true` gives servers of its own, which the suite may stop and kill, and
 * with `temporal` its kind of Temporal (else what TEMPORAL_SERVER says, else the dev server).
 * Call `stop()` in `afterAll`; what a crashed run leaves is removed by the host process.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const own = options.private ? await startHost(options) : null;
  const info = own ? own.info : await sharedStack();
  const databases: string[] = [];
  const createDatabase = async () => {
    const name = randomName('test');
    await admin(info, `create database ${name} template ${info.templateDatabase}`);
    databases.push(name);
    const url = new URL(info.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  const namespace = randomName('test');
  const [databaseUrl] = await Promise.all([
    createDatabase(),
    prepareNamespace(info.temporalAddress, namespace),
  ]);
  return {
    databaseUrl,
    temporalAddress: info.temporalAddress,
    namespace,
    createDatabase,
    act: (part, action) => {
      if (!own)
        throw new Error('only a private stack can be stopped in parts: startStack({ private: true })');
      return command(own.child, part, action);
    },
    stop: async () => {
      if (own) return endOf(own.child);
      for (const name of databases.splice(0))
        await admin(info, `drop database if exists ${name} with (force)`);
    },
  };
}

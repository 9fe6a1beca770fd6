import { chmodSync } from 'node:fs';
import { loadConfig, type Config } from '../config';
import { banner } from '../launch/banner';
import { lockDataFolder } from '../launch/lock';
import { makeFolder } from '../launch/make-folder';
import { Supervisor, type Started } from '../launch/supervisor';

/** Told to the parent, where there is one. `ready` names no secrets: those are in credentials.json of the data folder. */
export type AllInOneMessage = { type: 'ready'; addresses: Started['addresses']; dataDir: string };

/** Whatever we and our children make is for our account alone, */
const UMASK = 0o077;
/** but Postgres of a root's start is another account, and must pass the folder that it lies in. */
const PASSABLE = 0o711;
const ROOT_UID = 0;

function makeDataFolder(path: string): void {
  const made = makeFolder('DATA_DIR', path);
  if (made && process.getuid?.() === ROOT_UID) chmodSync(path, PASSABLE);
}

const terminal = { say: (text: string) => void process.stdout.write(`${text}\n`) };

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function fail(error: unknown): never {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

function prepare(): { config: Config; unlock: () => void } {
  try {
    const config = loadConfig(process.env);
    process.umask(UMASK);
    makeDataFolder(config.dataDir);
    const onStale = (pid: number) =>
      terminal.say(`The lock of a start that was killed (pid ${pid}) is taken over`);
    return { config, unlock: lockDataFolder(config.dataDir, onStale) };
  } catch (error) {
    return fail(error);
  }
}

function main(): void {
  const { config, unlock } = prepare();
  const supervisor = new Supervisor(config, process.env, terminal);
  process.on('exit', () => {
    supervisor.killAll();
    unlock();
  });

  const started = supervisor.start();
  let stopping = false;
  const stop = async (why: string, exitCode: number) => {
    // A second Ctrl-C, or the one that the bootstrap passes on, changes nothing.
    if (stopping) return;
    stopping = true;
    terminal.say(`${why}: stopping all (at most 10 s)`);
    await supervisor.stop();
    // What was just being started when the stop came.
    await started.catch(() => undefined);
    await supervisor.stop();
    terminal.say('Stopped.');
    process.exit(exitCode);
  };
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGHUP', () => void stop('SIGHUP', 0));
  process.on('disconnect', () => void stop('The starting process is gone', 0));

  started.then(
    ({ addresses, demo }) => {
      if (stopping) return;
      terminal.say(banner(addresses, demo, config));
      const ready: AllInOneMessage = { type: 'ready', addresses, dataDir: config.dataDir };
      process.send?.(ready);
    },
    (error: unknown) => {
      if (stopping) return;
      process.stderr.write(`${messageOf(error)}\n`);
      void stop('The start failed', 1);
    },
  );
}

main();

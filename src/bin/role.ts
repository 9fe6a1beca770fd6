import { ConfigError, loadConfig, requireRoleConfig, type RoleConfig } from '../config';
import { readMasterKey } from '../launch/master-key';
import { createLogger, type Logger } from '../logger';

export interface RoleContext {
  config: RoleConfig;
  log: Logger;
}

/** A role that runs. `stop` ends all of its work and resolves once nothing of it is left. */
export interface RunningRole {
  stop(): Promise<void>;
}

/** What a role tells the supervisor once it does its work. */
export type RoleMessage = { type: 'ready' };

/** A role that is not stopped by then is ended hard: the supervisor promises 10 s for all of them together. */
const STOP_DEADLINE_MS = 8_000;

function loadContext(name: string): RoleContext {
  try {
    const config = loadConfig(process.env);
    return {
      config: requireRoleConfig(config, readMasterKey(config)),
      log: createLogger({ role: name, level: config.logLevel }),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/**
 * The frame of every role process: reads the settings, starts the role, tells the supervisor, and stops once:
 * on SIGTERM, SIGINT, or when the supervisor is gone. An error that nobody caught ends the process (exit code 1),
 * since its state is unknown then; the supervisor starts it anew.
 */
export function runRole(name: string, start: (context: RoleContext) => Promise<RunningRole>): void {
  const context = loadContext(name);
  const { log } = context;
  const die = (error: unknown, what: string) => {
    log.fatal({ err: error }, what);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'an error that nobody caught'));
  process.on('unhandledRejection', (error) => die(error, 'a rejection that nobody caught'));

  const started = start(context);
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    const deadline = setTimeout(
      () => die(new Error(`not stopped within ${STOP_DEADLINE_MS} ms`), 'stop deadline'),
      STOP_DEADLINE_MS,
    );
    deadline.unref();
    // A stop during the start waits for it, so that what it opens meanwhile is closed as well.
    started
      .then((role) => role.stop())
      .then(
        () => {
          log.info('stopped');
          process.exit(0);
        },
        (error: unknown) => die(error, 'could not stop cleanly'),
      );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('the supervisor is gone'));

  started.then(
    () => {
      if (stopping) return;
      log.info('started');
      const ready: RoleMessage = { type: 'ready' };
      process.send?.(ready);
    },
    (error: unknown) => die(error, 'could not start'),
  );
}

import { spawn } from 'node:child_process';
import type { Program } from '../supervised';
import { DYNAMIC_CONFIG } from './dynamic-config';

/** Never wider than this machine, whatever HOST says. */
const LISTEN_ADDRESS = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
/** Its services take free ports of their own, which somebody else may take between its look and its listening: seen once in 50 starts. */
const START_ATTEMPTS = 3;
/**
 * The stock server keeps a rollback journal: a file made, synced and removed with each write, of which a command makes some
 * twenty. A write-ahead log syncs each write once, and keeps as much: what was answered survives a power cut.
 */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL'];

export interface DevServerOptions {
  cli: string;
  /** SQLite; holds all workflows. */
  dbFile: string;
  port: number;
  /** Null: no web UI. */
  uiPort: number | null;
  namespace: string;
  /** The server's own settings beside ours, by name. */
  dynamicConfig?: Record<string, number>;
}

/** The Temporal CLI's dev server, with a file so that its workflows survive a restart. */
export function temporalProgram(options: DevServerOptions): Program {
  const dynamicConfig = { ...DYNAMIC_CONFIG, ...options.dynamicConfig };
  const tuning = Object.entries(dynamicConfig).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${value}`,
  ]);
  const ui =
    options.uiPort === null
      ? ['--headless']
      : ['--ui-port', String(options.uiPort), '--ui-disable-news-fetch'];
  const where = ['--ip', LISTEN_ADDRESS, '--port', String(options.port), ...ui];
  const args = [
    'server',
    'start-dev',
    '--db-filename',
    options.dbFile,
    ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    '--namespace',
    options.namespace,
    ...where,
  ];
  return {
    name: 'temporal',
    spawn: () =>
      spawn(options.cli, [...args, '--log-level', 'warn', '--log-format', 'json', ...tuning], {
        cwd: '/',
        // HOME: the CLI reads an optional config file there.
        env: { PATH: process.env.PATH, HOME: process.env.HOME },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ready: { line: /^(Temporal )?Server:/ },
    startTimeoutMs: START_TIMEOUT_MS,
    stopSignal: 'SIGTERM',
    startAttempts: START_ATTEMPTS,
  };
}

export const temporalAddress = (port: number): string => `${LISTEN_ADDRESS}:${port}`;

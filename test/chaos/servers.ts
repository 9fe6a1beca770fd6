import { connect } from 'node:net';
import { startStack } from '../support/stack';
import type { Part } from '../support/stack-protocol';

/** Postgres and Temporal of a run, held by the harness, so that each can be away as long as it wants. */
export interface Servers {
  databaseUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  /** SIGKILL; whoever keeps it starts it again, as the supervisor does. */
  crash(part: Part): Promise<void>;
  /** SIGKILL, and nobody starts it again. */
  takeAway(part: Part): Promise<void>;
  bringBack(part: Part): Promise<void>;
  /** Does it take connections? */
  isUp(part: Part): Promise<boolean>;
  stop(): Promise<void>;
}

export type ServersKind = 'dev' | 'cluster';
export type StartServers = () => Promise<Servers>;

const CONNECT_TIMEOUT_MS = 500;

export function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const done = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

/** The embedded Postgres, and of Temporal the CLI's dev server with its SQLite file, or a server on that Postgres. */
async function startServers(kind: ServersKind): Promise<Servers> {
  const stack = await startStack({ private: true, temporal: kind });
  const postgres = new URL(stack.databaseUrl);
  const temporal = new URL(`http://${stack.temporalAddress}`);
  const at = { postgres, temporal };
  return {
    databaseUrl: stack.databaseUrl,
    temporalAddress: stack.temporalAddress,
    temporalNamespace: stack.namespace,
    crash: (part) => stack.act(part, 'crash'),
    takeAway: (part) => stack.act(part, 'kill'),
    bringBack: (part) => stack.act(part, 'start'),
    isUp: (part) => takesConnections(at[part].hostname, Number(at[part].port)),
    stop: () => stack.stop(),
  };
}

export const SERVERS: Record<ServersKind, StartServers> = {
  dev: () => startServers('dev'),
  cluster: () => startServers('cluster'),
};

import type { TcpNetConnectOpts } from 'node:net';
import type { RtmpClient } from '../../support/rtmp-client';

/** A media server under attack: ours, or stock node-media-server. Attacks know no more of it than this. */
export interface Target {
  readonly rtmpPort: number;
  readonly httpPort: number;
  /** Where HTTP-FLV is: `<this>/<name>.flv`. */
  readonly flvRoot: string;
  /** The legitimate stream beside the attack: what it is published and played as. */
  readonly witnessKey: string;
  readonly witnessPlayName: () => string;
  /** How long a server may take to end a connection that it ends. */
  readonly patienceMs: number;
  /** A name that may be published, another one each time. */
  newKey(): string;
  /** The name under which what is published as `key` is played. */
  playNameOf(key: string): string;
  /** Ends the session of `key` from the server's side. */
  kick(key: string): Promise<void>;
  /** Publishes that are going on, the witness among them. */
  publishers(): Promise<number>;
  /** RTMP clients that are ended after the attack. */
  open(options?: Partial<TcpNetConnectOpts>): Promise<RtmpClient>;
  ready(app?: string, options?: Partial<TcpNetConnectOpts>): Promise<RtmpClient>;
  publishing(key: string, options?: Partial<TcpNetConnectOpts>): Promise<RtmpClient>;
}

/** What became of the attacker's connections, and of anybody or anything else. */
export interface Observed {
  connections: 'closed' | 'open' | 'answered';
  /** What should not have happened, in a few words; null for nothing. */
  harm: string | null;
}

export type Theme = 'handshake' | 'chunking' | 'commands' | 'media' | 'roles' | 'names' | 'http' | 'volume';

export interface HostileInput {
  name: string;
  theme: Theme;
  /** What our server does with the connection. */
  ours: Observed['connections'];
  /** Stock server settings that the input needs. */
  stockAuth?: boolean;
  attack(target: Target): Promise<Observed>;
}

export const observed = (connections: Observed['connections'], harm: string | null = null): Observed => ({
  connections,
  harm,
});

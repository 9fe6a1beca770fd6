import type { Knex } from 'knex';
import type { AccessGate } from '../domain/access-gate';
import type { Logger } from '../logger';
import { Listener } from '../store/listener';
import type { Vault } from '../store/vault';
import { AccessBook, type AccessTimes } from './book';
import { PlaybackGate, type GateParts, type MediaPresence } from './gate';
import { Passes } from './pass';

/** The channel on which database triggers tell what changed; see migrations. */
export const ACCESS_CHANNEL = 'showrunner_access';

export interface AccessOptions {
  knex: Knex;
  /** For the listening connection, which is none of the pool's. */
  databaseUrl: string;
  vault: Vault;
  verify: GateParts['verify'];
  media: MediaPresence;
  log: Logger;
  /** For tests: production takes the defaults. */
  times?: Partial<AccessTimes>;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** The gate of one media process. */
export interface Access {
  gate: AccessGate;
  start(): void;
  close(): Promise<void>;
}

/** Wires the book of who may watch what to its notifications, and the gate to the book. Nothing runs before `start`. */
export function createAccess(options: AccessOptions): Access {
  const { knex, databaseUrl, vault, verify, media, log, times, now } = options;
  const book = new AccessBook({ knex, log, times, now });
  const listener = new Listener(databaseUrl, log);
  listener.subscribe(ACCESS_CHANNEL, book);
  const passes = new Passes(vault.signPlaybackPass);
  return {
    gate: new PlaybackGate({ book, passes, verify, media }),
    start: () => {
      book.start();
      listener.start();
    },
    close: async () => {
      await listener.close();
      await book.close();
    },
  };
}

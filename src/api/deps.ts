import type { Knex } from 'knex';
import type { PlaybackBases } from '../domain/playback-urls';
import type { Logger } from '../logger';
import type { Vault } from '../store/vault';
import type { RoomCommands } from './commands';
import type { IdempotencyStore } from '../store/idempotency';

/** What the API is made of; whoever creates it owns and ends these. */
export interface ApiOptions {
  knex: Knex;
  vault: Vault;
  commands: RoomCommands;
  /** Public base addresses of play and ingest URLs. */
  bases: PlaybackBases;
  log: Logger;
}

export interface ApiDeps extends ApiOptions {
  idempotency: IdempotencyStore;
}

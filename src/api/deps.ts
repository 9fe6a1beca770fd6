import type { Knex } from 'knex';
import type { PlaybackBases } from '../domain/playback-urls';
import type { Logger } from '../logger';
import type { Vault } from '../store/vault';
import type { RefreshTokens } from '../tokens/refresh-tokens';
import type { Tokens } from '../tokens/tokens';
import type { RoomCommands } from './commands';
import type { ApiMetrics } from './metrics';
import type { RateLimits } from './rate-limits';
import type { EventStreams } from './event-stream/event-streams';
import type { PostCommands } from './post-commands';
import type { IdempotencyStore } from '../store/idempotency';

/** What the API is made of; whoever creates it owns and ends these. */
export interface ApiOptions {
  knex: Knex;
  vault: Vault;
  commands: RoomCommands;
  posts: PostCommands;
  /** Public base addresses of play and ingest URLs. */
  bases: PlaybackBases;
  log: Logger;
  /** Members' open event streams; they end with whoever owns them. */
  eventStreams: EventStreams;
  /** Absent: off. */
  rateLimits?: RateLimits | null;
  /** Proxies in front of us whose word on the client's address counts (Express' `trust proxy`). Absent: none. */
  trustProxy?: TrustProxy;
  /** Absent: none are kept. */
  metrics?: ApiMetrics;
}

/** False: none; a number of proxies; or their addresses. */
export type TrustProxy = false | number | string[];

export interface ApiDeps extends ApiOptions {
  tokens: Tokens;
  refreshTokens: RefreshTokens;
  idempotency: IdempotencyStore;
}

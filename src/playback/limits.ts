/** Bounds of the playback server. All can be set by whoever creates it. */
export interface PlaybackLimits {
  maxConnections: number;
  maxConnectionsPerAddress: number;
  maxFlvViewers: number;
  maxFlvViewersPerAddress: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  idleTimeoutMs: number;
}

export const DEFAULT_PLAYBACK_LIMITS: PlaybackLimits = {
  /** A process may hold 4096 files at once on many systems, and segments need some of them. */
  maxConnections: 3000,
  /** A whole office behind one address, or a proxy in front of us. */
  maxConnectionsPerAddress: 1000,
  /** About what one core carries of a 2.4 Mbit/s stream (research/node-media-server.md, 5: 27 % for 500). */
  maxFlvViewers: 1500,
  maxFlvViewersPerAddress: 500,
  /** Who needs longer for a few hundred bytes holds the socket for something else. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  /** Players ask every 2 s; some segments' length keeps their connection. */
  keepAliveTimeoutMs: 15_000,
  /** A download that does not advance at all. */
  idleTimeoutMs: 60_000,
};

/** Our longest URL is below 300 bytes; query strings of players and their trackers fit in. */
export const MAX_URL_BYTES = 2048;
/** Browsers send 1 to 2 kB. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** How often Node looks for headers and requests that are late. */
export const TIMEOUT_CHECK_MS = 1000;
/** A viewer's system that is gone without a word is noticed by TCP after about this and its retries. */
export const TCP_KEEP_ALIVE_MS = 30_000;
/** The tail of a stream that ended may take this long to reach a viewer. */
export const FLV_LINGER_MS = 10_000;
/** At shutdown: answers under way get this long. */
export const CLOSE_GRACE_MS = 2000;

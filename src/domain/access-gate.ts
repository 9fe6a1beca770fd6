import type { CodedError } from './errors';

/** Which media a name is looked up among: what is live (or was, on this node), or the files of a video post. */
export type MediaKind = 'live' | 'vod';

/** The yes to one viewer. */
export interface Admission {
  /** What everybody may see may stay in everybody's caches; anything else in none. */
  readonly isPublic: boolean;
  /**
   * For viewers that stay: `onRefused` is called once, as soon as they may watch no longer (level, ties, ban, token).
   * Returns the end of the watch, safe twice.
   */
  watch(onRefused: (why: CodedError) => void): () => void;
}

/**
 * Asked at every door before media leaves. It answers at once for what is in memory, and so for everything public that was
 * asked for before. Refusals are CodedErrors, thrown or rejected: EMPTY_, INVALID_ and EXPIRED_STREAMING_TOKEN (401),
 * VIDEO_ROOM_ACCESS_DENIED and VIDEO_POST_ACCESS_DENIED (403), VIDEO_ROOM_NOT_FOUND and VIDEO_POST_NOT_FOUND (404),
 * DATABASE_UNAVAILABLE (503).
 */
export interface AccessGate {
  /** By the pass that stands in a URL's path. */
  admit(kind: MediaKind, name: string, pass: string | null): Admission | Promise<Admission>;
  /** By a streaming token, where there is no path to put a pass in. */
  admitByToken(kind: MediaKind, name: string, token: string | null): Admission | Promise<Admission>;
  /** Exchanges a streaming token for a pass: letters and digits, bound to this name, this viewer, the token's expiry. */
  passFor(kind: MediaKind, name: string, token: string): Promise<string>;
}

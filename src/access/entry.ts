import { mayWatch, NO_TIES, playsAs, type WatchedResource } from '../domain/access';
import type { Admission } from '../domain/access-gate';
import type { ErrorCode } from '../domain/errors';
import type { MediaName, MemberFacts, ResourceFacts } from '../store/access-facts';
import type { Asker, Claims } from './claims';

/** A viewer that stays: asked about again with each change. */
export interface Watcher {
  asker: Asker;
  onRefused(code: ErrorCode): void;
}

/** A member before this resource, as last read. */
export interface Tie {
  /** Null: the app has no such member. */
  facts: MemberFacts | null;
  confirmedAtMs: number;
  usedAtTick: number;
}

/** The app's own token needs no facts; its tie only says that it was let in before. */
export const APP_TIE = 0;
export const tieOf = ({ viewer }: Claims): number => (viewer.kind === 'app' ? APP_TIE : viewer.memberId);

const NOT_FOUND = { live: 'VIDEO_ROOM_NOT_FOUND', vod: 'VIDEO_POST_NOT_FOUND' } as const;
const DENIED = { live: 'VIDEO_ROOM_ACCESS_DENIED', vod: 'VIDEO_POST_ACCESS_DENIED' } as const;

/** One room or post by its playback name: what was last read of it, and of those who asked to watch it. */
export class Entry {
  readonly ties = new Map<number, Tie>();
  readonly watchers = new Set<Watcher>();
  isPublic = false;
  /** Made once: everybody's is the same. */
  open: Admission | null = null;
  resource: (WatchedResource & ResourceFacts) | null = null;
  confirmedAtMs = -Infinity;
  usedAtTick = 0;

  constructor(readonly media: MediaName) {}

  /** What a read found; null: there is nothing (any more). */
  confirm(facts: ResourceFacts | null, atMs: number): void {
    this.confirmedAtMs = atMs;
    this.resource = facts && { ...facts, level: playsAs(facts.level, facts.policy) };
    this.isPublic = this.resource?.level === 'PUBLIC';
  }

  /**
   * Why this asker may not watch; null: it may; 'unread': that needs facts which are not here. What was read longer than
   * `graceMs` ago counts no more, except that public stays public.
   */
  verdict(asker: Asker, nowMs: number, graceMs: number): ErrorCode | null | 'unread' {
    if (this.isPublic) return null;
    if (nowMs - this.confirmedAtMs > graceMs) return 'DATABASE_UNAVAILABLE';
    const { resource } = this;
    const { kind } = this.media;
    if (!resource) return NOT_FOUND[kind];
    if (typeof asker === 'string') return asker;
    if (asker.expiresAtMs <= nowMs) return 'EXPIRED_STREAMING_TOKEN';
    if (asker.viewer.appId !== resource.appId) return DENIED[kind];
    const tie = this.ties.get(tieOf(asker));
    if (!tie) return 'unread';
    if (nowMs - tie.confirmedAtMs > graceMs) return 'DATABASE_UNAVAILABLE';
    if (asker.viewer.kind !== 'app' && !counts(asker, tie.facts)) return 'INVALID_STREAMING_TOKEN';
    return mayWatch(resource, asker.viewer, tie.facts ?? NO_TIES) ? null : DENIED[kind];
  }

  /** Whose ties are needed for those who stay. */
  watching(): Set<number> {
    const ties = new Set<number>();
    for (const { asker } of this.watchers) if (typeof asker !== 'string') ties.add(tieOf(asker));
    return ties;
  }

  /** Asks again about all who stay; who may not is told and forgotten. */
  recheck(nowMs: number, graceMs: number): void {
    for (const watcher of [...this.watchers]) {
      const verdict = this.verdict(watcher.asker, nowMs, graceMs);
      // Ties stay as long as their watchers do; one that is missing would be ours, and is no reason to let somebody watch.
      if (verdict === null) continue;
      this.watchers.delete(watcher);
      watcher.onRefused(verdict === 'unread' ? 'INVALID_STREAMING_TOKEN' : verdict);
    }
  }
}

/** Is the token's member there, the token from after the last revocation, and its login not ended? */
const counts = ({ issuedAtMs, familyId }: Claims, facts: MemberFacts | null): boolean =>
  facts !== null &&
  facts.isActive &&
  issuedAtMs >= (facts.tokensValidAfterMs ?? 0) &&
  (familyId === null || !facts.endedLogins.includes(familyId));

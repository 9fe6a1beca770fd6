import type { SessionEndReason } from '../domain/session-end-reason';
import type { SessionRegistry } from './contract';
import type { PublisherSession } from './publisher-session';

/** Cuts are repeated until answered and may come before their session: remembered this many. */
const MAX_REMEMBERED_CUTS = 1_000;
/** Keys force-ended since boot; after their rotation is written the database refuses the old key by itself. */
const MAX_REMEMBERED_KEYS = 10_000;

type Cut = Parameters<SessionRegistry['cut']>[0];

/** All sessions of this node, and who holds which key. */
export class IngestSessions implements SessionRegistry {
  private readonly byId = new Map<string, PublisherSession>();
  private readonly holders = new Map<number, PublisherSession>();
  private readonly pending = new Map<number, PublisherSession>();
  private readonly minKeyVersions = new Map<number, number>();
  private readonly cuts = new Map<string, SessionEndReason>();

  find(sessionId: string): PublisherSession | null {
    return this.byId.get(sessionId) ?? null;
  }

  /** Also those that wait for their verdict or still close. */
  all(): PublisherSession[] {
    return [...this.byId.values()];
  }

  list(): PublisherSession[] {
    return this.all().filter((session) => !session.isPending && session.endReason === null);
  }

  cut({ sessionId, reason, streamKeyId, minKeyVersion }: Cut): { known: boolean } {
    remember(this.cuts, sessionId, reason, MAX_REMEMBERED_CUTS);
    const minimum = Math.max(minKeyVersion, this.minKeyVersions.get(streamKeyId) ?? 0);
    remember(this.minKeyVersions, streamKeyId, minimum, MAX_REMEMBERED_KEYS);
    const session = this.byId.get(sessionId);
    session?.end(reason);
    for (const other of [this.holders.get(streamKeyId), this.pending.get(streamKeyId)]) {
      if (other && other.identity.key.keyVersion < minimum) other.end(reason);
    }
    return { known: session !== undefined };
  }

  /** Keys of a lower version are refused, whatever the database still says. */
  minKeyVersion(streamKeyId: number): number {
    return this.minKeyVersions.get(streamKeyId) ?? 0;
  }

  /** Why a session was cut, also when the cut came first. */
  cutReason(sessionId: string): SessionEndReason | null {
    return this.cuts.get(sessionId) ?? null;
  }

  holderOf(streamKeyId: number): PublisherSession | null {
    return this.holders.get(streamKeyId) ?? null;
  }

  isAsking(streamKeyId: number): boolean {
    return this.pending.has(streamKeyId);
  }

  entered(session: PublisherSession): void {
    this.byId.set(session.sessionId, session);
    this.pending.set(session.streamKeyId, session);
  }

  accepted(session: PublisherSession): void {
    this.stopAsking(session);
    this.holders.set(session.streamKeyId, session);
  }

  left(session: PublisherSession): void {
    if (this.holders.get(session.streamKeyId) === session) this.holders.delete(session.streamKeyId);
  }

  ended(session: PublisherSession): void {
    this.stopAsking(session);
    this.byId.delete(session.sessionId);
  }

  private stopAsking(session: PublisherSession): void {
    if (this.pending.get(session.streamKeyId) === session) this.pending.delete(session.streamKeyId);
  }
}

/** Newest last; the oldest goes when there are too many. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}

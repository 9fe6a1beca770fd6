import type { Knex } from 'knex';
import { ACCESS_LEVELS, mayWatch, NO_TIES, playsAs } from '../domain/access';
import type { Logger } from '../logger';
import { listPresentMembers, type PresenceScope, type PresentMember } from '../store/access-facts';
import type { Subscription } from '../store/listener';
import { takeOutOfChannel } from '../store/take-out-of-channel';
import { parseChange } from './change';
import { Rounds } from './rounds';

/** Looked at, and taken out, at once: a few indexed look-ups each, and no statement near its time limit. */
const PAGE_ROWS = 1_000;
/** After a failed look: the next notification may be long in coming. */
const RETRY_MS = 1_000;
/** Where nobody needs to be looked at: rooms that even those may watch whom nothing ties to them. */
const OPEN_LEVELS = ACCESS_LEVELS.filter((level) =>
  mayWatch({ appId: 0, ownerId: 0, level }, { kind: 'nobody' }, { ...NO_TIES, banned: true }),
);

function mayStay(member: PresentMember): boolean {
  const { appId, ownerId, memberId } = member;
  const kind = member.isGuest ? 'guest' : 'member';
  const level = playsAs(member.level, member.policy);
  return (
    member.isActive &&
    member.isRoomThere &&
    mayWatch({ appId, ownerId, level }, { kind, appId, memberId }, member)
  );
}

const nameOf = (scope: PresenceScope | null): string =>
  scope ? `${scope.entity}/${scope.id}` : 'everywhere';

/**
 * Takes members out of the channels of rooms that they may not watch any longer: a level was narrowed, a tie is gone, a member
 * or the room was deleted. Told by the database what to look at; after a lost connection it looks everywhere. Several processes
 * may do so at the same time. Owns its timer; `close` ends it.
 */
export class ChannelEvictions implements Subscription {
  private due = new Map<string, PresenceScope | null>();
  private readonly rounds = new Rounds(() => this.round());
  private retry: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(private readonly options: { knex: Knex; log: Logger }) {}

  notified(payload: string): void {
    const change = parseChange(payload);
    // Nobody is in the channel of a post.
    if (!change || change.entity === 'videoPost') return;
    this.look({ entity: change.entity, id: change.id });
  }

  connected(): void {
    this.look(null);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    await this.rounds.settled();
  }

  private look(scope: PresenceScope | null): void {
    this.due.set(nameOf(scope), scope);
    this.go();
  }

  private go(): void {
    if (this.closed) return;
    this.rounds.next().catch((error: unknown) => {
      this.options.log.warn({ err: error }, 'could not look who may be in its channels; trying again');
      if (this.retry) clearTimeout(this.retry);
      if (!this.closed) this.retry = setTimeout(() => this.go(), RETRY_MS);
    });
  }

  private async round(): Promise<void> {
    const scopes = this.due.has(nameOf(null)) ? [null] : [...this.due.values()];
    this.due = new Map();
    for (const [at, scope] of scopes.entries()) {
      try {
        await this.evict(scope);
      } catch (error) {
        for (const left of scopes.slice(at)) this.due.set(nameOf(left), left);
        throw error;
      }
    }
  }

  private async evict(scope: PresenceScope | null): Promise<void> {
    const { knex } = this.options;
    for (let after = 0; !this.closed;) {
      const page = { after, limit: PAGE_ROWS, open: OPEN_LEVELS };
      const present = await listPresentMembers(knex, scope, page);
      const channels = new Map<number, PresentMember[]>();
      for (const member of present)
        if (!mayStay(member))
          channels.set(member.channelId, [...(channels.get(member.channelId) ?? []), member]);
      for (const [id, members] of channels)
        await takeOutOfChannel(
          knex,
          { id, app_id: members[0]?.appId ?? 0 },
          members.map(({ memberId }) => memberId),
        );
      if (present.length < PAGE_ROWS) return;
      after = present.at(-1)?.id ?? Infinity;
    }
  }
}

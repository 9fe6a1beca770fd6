import type { Knex } from 'knex';
import { within } from '../deadline';
import type { Admission, MediaKind } from '../domain/access-gate';
import { CodedError } from '../domain/errors';
import type { Logger } from '../logger';
import {
  readLiveRooms,
  readPairs,
  readResources,
  type Pair,
  type ResourceFacts,
} from '../store/access-facts';
import type { Subscription } from '../store/listener';
import { parseChange, type Change } from './change';
import type { Asker } from './claims';
import { APP_TIE, Entry, tieOf } from './entry';
import { Rounds } from './rounds';

export interface AccessTimes {
  /** Everything is read anew this often, whatever was notified; expired tokens are looked for as often. */
  rereadMs: number;
  /** How long what was read counts while Postgres is away: those who watch go on, others are not let in. */
  awayGraceMs: number;
  /** What nobody asked about for this long is forgotten. */
  forgetMs: number;
  /** How long one who asks waits for Postgres. */
  answerMs: number;
}

export const DEFAULT_ACCESS_TIMES: AccessTimes = {
  // Half of the 30 s within which whoever may not watch any longer is gone, should a notification be lost.
  rereadMs: 15_000,
  awayGraceMs: 5 * 60_000,
  // Above the grace: a player that pauses for a moment must not need Postgres while it is away.
  forgetMs: 10 * 60_000,
  // Players give up after some 10 s; a failed start is better told early.
  answerMs: 3_000,
};

export interface AccessBookOptions {
  knex: Knex;
  log: Logger;
  times?: Partial<AccessTimes>;
  /** Epoch milliseconds. */
  now?: () => number;
}

/**
 * Who may watch what, in memory: read on first use, again on each notified change, and anew every 15 s. A request for a segment
 * costs a look-up and no query. Owns its timer; `close` ends it.
 */
export class AccessBook implements Subscription {
  private readonly entries: Record<MediaKind, Map<string, Entry>> = { live: new Map(), vod: new Map() };
  /** Known by name, to be read (again) by the next round. */
  private readonly due = new Set<Entry>();
  private readonly dueTies = new Map<Entry, Set<number>>();
  private rereadLiveRooms = false;
  private readonly rounds = new Rounds(() => this.round());
  private readonly times: AccessTimes;
  private readonly now: () => number;
  private readonly warnedApps = new Set<number>();
  private timer: NodeJS.Timeout | null = null;
  private tick = 0;

  constructor(private readonly options: AccessBookOptions) {
    this.times = { ...DEFAULT_ACCESS_TIMES, ...options.times };
    this.now = options.now ?? Date.now;
  }

  start(): void {
    this.timer ??= setInterval(() => this.onTick(), this.times.rereadMs);
    this.reread();
  }

  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.rounds.settled();
  }

  /** The admission of everybody, where that is known; else null. One look-up. */
  openTo(kind: MediaKind, name: string): Admission | null {
    const entry = this.entries[kind].get(name);
    if (!entry?.isPublic) return null;
    entry.usedAtTick = this.tick;
    return (entry.open ??= this.admission(entry, 'EMPTY_STREAMING_TOKEN'));
  }

  has(kind: MediaKind, name: string): boolean {
    return this.entries[kind].has(name);
  }

  /** Errors: those of AccessGate. */
  admit(kind: MediaKind, name: string, asker: Asker): Admission | Promise<Admission> {
    const entry = this.entries[kind].get(name);
    const verdict = entry ? this.verdictFor(entry, asker) : 'unread';
    // What was read too long ago is read again first: the database may be back, or the clock was set.
    if (verdict === 'unread' || verdict === 'DATABASE_UNAVAILABLE')
      return this.readAndAdmit(entry ?? this.enter({ kind, name }), asker);
    if (verdict !== null || !entry) throw new CodedError(verdict ?? 'INTERNAL_SERVER_ERROR');
    return this.admission(entry, asker);
  }

  // ---- Subscription: the channel `showrunner_access` ------------------------------------------------

  notified(payload: string): void {
    const change = parseChange(payload);
    if (!change) return this.options.log.warn('an access notification that can not be read');
    let found = false;
    for (const entry of this.all()) {
      if (!concerns(change, entry)) continue;
      this.due.add(entry);
      found = true;
    }
    if (found) this.readSoon();
  }

  connected(): void {
    this.reread();
  }

  // ---------------------------------------------------------------------------------------------------

  private *all(): Iterable<Entry> {
    yield* this.entries.live.values();
    yield* this.entries.vod.values();
  }

  private verdictFor(entry: Entry, asker: Asker): ReturnType<Entry['verdict']> {
    entry.usedAtTick = this.tick;
    const tie = typeof asker === 'string' ? undefined : entry.ties.get(tieOf(asker));
    if (tie) tie.usedAtTick = this.tick;
    // An entry that nobody read yet is not out of date.
    if (entry.confirmedAtMs === -Infinity) return 'unread';
    return entry.verdict(asker, this.now(), this.times.awayGraceMs);
  }

  private enter(media: { kind: MediaKind; name: string }): Entry {
    const entry = new Entry(media);
    entry.usedAtTick = this.tick;
    this.entries[media.kind].set(media.name, entry);
    return entry;
  }

  private admission(entry: Entry, asker: Asker): Admission {
    return {
      isPublic: entry.isPublic,
      watch: (onRefused) => {
        const watcher = { asker, onRefused: (code: CodedError['code']) => onRefused(new CodedError(code)) };
        entry.watchers.add(watcher);
        return () => void entry.watchers.delete(watcher);
      },
    };
  }

  private async readAndAdmit(entry: Entry, asker: Asker): Promise<Admission> {
    const away = (): CodedError => new CodedError('DATABASE_UNAVAILABLE');
    this.want(entry, asker);
    await within(this.times.answerMs, this.rounds.next(), away);
    const verdict = this.verdictFor(entry, asker);
    if (verdict === 'unread') throw away();
    if (verdict !== null) throw new CodedError(verdict);
    return this.admission(entry, asker);
  }

  private want(entry: Entry, asker: Asker): void {
    this.due.add(entry);
    if (typeof asker === 'string') return;
    const ties = this.dueTies.get(entry) ?? new Set();
    this.dueTies.set(entry, ties.add(tieOf(asker)));
  }

  private onTick(): void {
    this.tick += 1;
    const nowMs = this.now();
    for (const entry of this.all()) entry.recheck(nowMs, this.times.awayGraceMs);
    this.forget();
    this.reread();
  }

  private reread(): void {
    for (const entry of this.all()) this.due.add(entry);
    this.rereadLiveRooms = true;
    this.readSoon();
  }

  private readSoon(): void {
    this.rounds.next().catch((error: unknown) => {
      this.options.log.warn(
        { err: error },
        'access facts could not be read; what is known counts for a while',
      );
    });
  }

  /** One reading of all that is due. */
  private async round(): Promise<void> {
    const entries = [...this.due];
    const wanted = new Map(this.dueTies);
    const withLiveRooms = this.rereadLiveRooms;
    this.due.clear();
    this.dueTies.clear();
    this.rereadLiveRooms = false;
    const { knex } = this.options;
    const atMs = this.now();
    const live = withLiveRooms ? await readLiveRooms(knex) : [];
    const found =
      entries.length > 0
        ? await readResources(
            knex,
            entries.map((entry) => entry.media),
          )
        : [];
    const facts = new Map([...live, ...found].map((one) => [`${one.kind}/${one.name}`, one]));
    for (const entry of entries)
      this.confirm(entry, facts.get(`${entry.media.kind}/${entry.media.name}`), atMs);
    for (const one of live) this.confirm(this.entries[one.kind].get(one.name) ?? this.enter(one), one, atMs);
    await this.readTies(entries, wanted, atMs);
    for (const entry of entries) entry.recheck(this.now(), this.times.awayGraceMs);
  }

  private confirm(entry: Entry, facts: ResourceFacts | undefined, atMs: number): void {
    entry.confirm(facts ?? null, atMs);
    if (facts?.policy !== 'original' || facts.level === 'PUBLIC' || this.warnedApps.has(facts.appId)) return;
    this.warnedApps.add(facts.appId);
    const { appId } = facts;
    this.options.log.warn(
      { appId },
      'accessLevels is original: what is not PUBLIC plays for everybody all the same',
    );
  }

  private async readTies(
    entries: readonly Entry[],
    wanted: ReadonlyMap<Entry, ReadonlySet<number>>,
    atMs: number,
  ): Promise<void> {
    const asked = entries.flatMap((entry) => {
      const members = new Set([...entry.ties.keys(), ...(wanted.get(entry) ?? [])]);
      return entry.resource ? [...members].map((memberId) => ({ entry, memberId })) : [];
    });
    const members = asked.filter(({ memberId }) => memberId !== APP_TIE);
    const facts = await readPairs(
      this.options.knex,
      members.flatMap(({ entry, memberId }) => pairOf(entry, memberId)),
    );
    const tied = new Map(members.map((one, at) => [one, facts[at] ?? null]));
    for (const one of asked) {
      const usedAtTick = one.entry.ties.get(one.memberId)?.usedAtTick ?? this.tick;
      one.entry.ties.set(one.memberId, { facts: tied.get(one) ?? null, confirmedAtMs: atMs, usedAtTick });
    }
  }

  /** Nobody watches it, nobody asked for long. */
  private forget(): void {
    const before = this.tick - this.times.forgetMs / this.times.rereadMs;
    for (const entry of this.all()) {
      if (entry.watchers.size === 0 && entry.usedAtTick < before)
        this.entries[entry.media.kind].delete(entry.media.name);
      const watching = entry.watching();
      for (const [memberId, tie] of entry.ties)
        if (tie.usedAtTick < before && !watching.has(memberId)) entry.ties.delete(memberId);
    }
  }
}

const pairOf = ({ resource }: Entry, memberId: number): Pair[] =>
  resource
    ? [
        {
          entity: resource.entity,
          entityId: resource.id,
          appId: resource.appId,
          ownerId: resource.ownerId,
          memberId,
        },
      ]
    : [];

const ENTITY_OF = { live: 'videoRoom', vod: 'videoPost' } as const;

function concerns(change: Change, entry: Entry): boolean {
  const { resource } = entry;
  // What was not there may have come.
  if (!resource) return change.entity === 'app' || change.entity === ENTITY_OF[entry.media.kind];
  switch (change.entity) {
    case 'app':
      return resource.appId === change.id;
    case 'member':
      return entry.ties.has(change.id);
    default:
      return resource.entity === change.entity && resource.id === change.id;
  }
}

import type { Response } from 'express';
import type { Knex } from 'knex';
import type { Logger } from '../../logger';
import { findSpentPasses } from '../../store/stream-passes';
import type { Listener } from '../../store/listener';
import {
  listEventsOfMember,
  listPresences,
  MEMBER_EVENTS_CHANNEL,
  numberMemberEvents,
  readMemberEventLog,
  type MemberEventLog,
} from '../../store/member-events';
import { Audience } from './audience';
import { frameOf, type EnvelopeDeps } from './envelope';
import { Feed } from './feed';
import { EventStream, type StreamLimits, type StreamPass } from './stream';

/** Clients ask for something at least every 60 s, load balancers close after 60 s without a byte. */
const HEARTBEAT_EVERY_MS = 15_000;
/** A stream ends within 30 s after its token does; this leaves room for a slow answer. */
const CHECK_TOKENS_EVERY_MS = 15_000;
/** A member's tabs and devices. One more ends the oldest: it may be dead already. */
const MAX_STREAMS_OF_MEMBER = 16;
/** Read at once while catching up; sent before the next are read. */
const CATCH_UP_ROWS = 500;

export interface EventStreamsOptions extends EnvelopeDeps {
  knex: Knex;
  log: Logger;
  /** Other than above, for tests. */
  limits?: { heartbeatEveryMs?: number; checkTokensEveryMs?: number } & StreamLimits;
}

/** An id that a stream can go on from. */
const isKept = (lastId: number | 'unknown' | null, log: MemberEventLog): lastId is number =>
  typeof lastId === 'number' && lastId >= log.forgotten && lastId <= log.position;

/**
 * The open event streams of one process. One connection that listens and one reader of the log serve them all. Owns its timers
 * and its streams; `close` ends them. The listener is the caller's.
 */
export class EventStreams {
  private readonly audience = new Audience();
  /** Those that catch up too. */
  private readonly streams = new Set<EventStream>();
  private readonly feed: Feed;
  private readonly timers: NodeJS.Timeout[];
  private checking = false;
  private closed = false;

  constructor(private readonly options: EventStreamsOptions) {
    const { knex, log, vault, bases, limits = {} } = options;
    this.feed = new Feed({ knex, log, envelope: { vault, bases }, audience: this.audience });
    this.timers = [
      setInterval(() => this.heartbeat(), limits.heartbeatEveryMs ?? HEARTBEAT_EVERY_MS),
      setInterval(() => void this.endSpent(), limits.checkTokensEveryMs ?? CHECK_TOKENS_EVERY_MS),
    ];
  }

  get size(): number {
    return this.audience.size;
  }

  /** Before the listener starts. */
  listen(listener: Listener): void {
    const wake = () => this.feed.wake();
    listener.subscribe(MEMBER_EVENTS_CHANNEL, { notified: wake, connected: wake });
  }

  /**
   * Answers a request with the member's events: what came after `lastId`, or from now on where that is null. What can't be an id
   * of ours counts as one that is not kept any more. Errors, before the answer begins: DATABASE_UNAVAILABLE.
   */
  async open(res: Response, pass: StreamPass, lastId: number | 'unknown' | null): Promise<void> {
    const { knex } = this.options;
    let log = await readMemberEventLog(knex);
    if (!isKept(lastId, log)) {
      // "From now on" leaves out what was committed before, numbered or not yet.
      await numberMemberEvents(knex);
      log = await readMemberEventLog(knex);
    }
    const stream = new EventStream(res, pass, this.options.limits);
    this.streams.add(stream);
    stream.onClose(() => this.streams.delete(stream));
    stream.begin();
    this.place(stream, lastId, log);
    try {
      await this.catchUp(stream, log);
    } catch (error) {
      // The client comes again with the id that it has.
      this.options.log.warn({ err: error }, 'an event stream could not be brought up to date');
      stream.drop();
    }
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
    this.feed.close();
    for (const stream of [...this.streams]) stream.end();
  }

  private place(stream: EventStream, lastId: number | 'unknown' | null, log: MemberEventLog): void {
    if (lastId === null) return stream.mark(log.position);
    if (isKept(lastId, log)) stream.position = lastId;
    else stream.reset(log.position);
  }

  private async catchUp(stream: EventStream, first: MemberEventLog): Promise<void> {
    const { knex } = this.options;
    for (let { position } = first; stream.isOpen && !this.closed;) {
      await this.sendUpTo(stream, position);
      const channels = await listPresences(knex, stream.pass.memberId, position);
      stream.position = position;
      if (!stream.isOpen || this.closed) break;
      if (this.feed.attach(stream, channels)) return this.follow(stream);
      ({ position } = await readMemberEventLog(knex));
    }
    stream.end();
  }

  private async sendUpTo(stream: EventStream, upTo: number): Promise<void> {
    const { knex, vault, bases } = this.options;
    for (;;) {
      const range = { after: stream.position, upTo, limit: CATCH_UP_ROWS };
      const events = await listEventsOfMember(knex, stream.pass.memberId, range);
      for (const event of events) {
        stream.send(frameOf(event, { vault, bases }));
        stream.position = event.position;
        await stream.drained();
      }
      if (events.length < CATCH_UP_ROWS || !stream.isOpen) return;
    }
  }

  private follow(stream: EventStream): void {
    stream.onClose(() => this.audience.remove(stream));
    const streams = this.audience.ofMember(stream.pass.memberId);
    for (const oldest of streams.slice(0, -MAX_STREAMS_OF_MEMBER)) oldest.end();
    // What was committed since the position was read may have woken nobody.
    this.feed.wake();
  }

  private heartbeat(): void {
    for (const stream of this.audience.streams) stream.heartbeat();
  }

  /** Ends the streams whose token is over: expired, taken back, of a login that was ended, or of a member or app that is gone. */
  private async endSpent(): Promise<void> {
    const now = Date.now();
    const streams = [...this.streams];
    for (const stream of streams) if (stream.pass.expiresAtMs <= now) stream.end();
    // A check that hangs must not be joined by another.
    if (this.checking || streams.length === 0) return;
    this.checking = true;
    try {
      const passes = streams.map(({ pass }) => pass);
      const spent = await findSpentPasses(this.options.knex, passes);
      for (const stream of streams) if (spent.has(stream.pass)) stream.end();
    } catch (error) {
      this.options.log.warn({ err: error }, 'could not check whose event streams are to end; trying again');
    } finally {
      this.checking = false;
    }
  }
}

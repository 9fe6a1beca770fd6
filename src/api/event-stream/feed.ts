import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Logger } from '../../logger';
import { listMemberEvents, numberMemberEvents, type MemberEvent } from '../../store/member-events';
import type { Audience } from './audience';
import { frameOf, type EnvelopeDeps } from './envelope';
import type { EventStream } from './stream';

/** Read at once: a burst is a few reads, and no read holds more than some hundred kilobytes. */
const READ_ROWS = 500;
/** Events remembered for streams that were catching up while these came; more come only in a burst, and are read again. */
const REMEMBERED_EVENTS = 1_000;
/** Told in one turn of the event loop: only between turns do sockets send, and a burst is no sign of a slow reader. */
const TOLD_PER_TURN_BYTES = 16 * 1024;
/** After a failed read: the next notification may be long in coming. */
const RETRY_READ_MS = 1_000;

interface Remembered {
  event: MemberEvent;
  frame: () => Buffer;
}

const lazily = (make: () => Buffer): (() => Buffer) => {
  let made: Buffer | undefined;
  return () => (made ??= make());
};

export interface FeedOptions {
  knex: Knex;
  log: Logger;
  envelope: EnvelopeDeps;
  audience: Audience;
}

/**
 * Reads the log once for all streams of the process, whenever it is woken, and tells its audience. A wake during a read makes it
 * read once more, so nothing that was committed before a wake is left unread.
 */
export class Feed {
  /** All up to here was told; null before the first read. */
  private position: number | null = null;
  /** What came after `rememberedFrom`, without a gap. */
  private remembered: Remembered[] = [];
  private rememberedFrom = 0;
  private state: 'idle' | 'reading' | 'readingAgain' | 'closed' = 'idle';
  private retry: NodeJS.Timeout | null = null;

  constructor(private readonly options: FeedOptions) {}

  wake(): void {
    if (this.state === 'reading') this.state = 'readingAgain';
    if (this.state === 'idle') void this.run();
  }

  close(): void {
    this.state = 'closed';
    if (this.retry) clearTimeout(this.retry);
  }

  /**
   * Takes a stream in that knows all up to its position: from now on it is told the rest. False: the feed is further than it
   * remembers, the stream has to read more by itself first.
   */
  attach(stream: EventStream, channels: readonly number[]): boolean {
    if (this.position === null) {
      this.wake();
      return false;
    }
    if (stream.position < this.rememberedFrom) return false;
    const { audience } = this.options;
    audience.add(stream, channels);
    for (const { event, frame } of this.remembered) audience.tell(stream, event, frame);
    return true;
  }

  private async run(): Promise<void> {
    do {
      this.state = 'reading';
      try {
        await this.read();
      } catch (error) {
        this.options.log.warn({ err: error }, 'could not read what members are to be told; trying again');
        this.readLater();
      }
    } while ((this.state as Feed['state']) === 'readingAgain');
    if ((this.state as Feed['state']) !== 'closed') this.state = 'idle';
  }

  private readLater(): void {
    if (this.state === 'closed') return;
    if (this.retry) clearTimeout(this.retry);
    this.retry = setTimeout(() => this.wake(), RETRY_READ_MS);
  }

  private async read(): Promise<void> {
    const { knex, audience } = this.options;
    const newest = await numberMemberEvents(knex);
    // With nobody to tell there is nothing to read; who comes later reads by itself up to what is newest then.
    if (this.position === null || audience.size === 0) return this.skipTo(newest);
    for (;;) {
      const events = await listMemberEvents(knex, this.position, READ_ROWS);
      await this.tellAll(events);
      if (events.length < READ_ROWS || this.state === 'closed') return;
    }
  }

  private skipTo(position: number): void {
    this.position = Math.max(this.position ?? 0, position);
    this.remembered = [];
    this.rememberedFrom = this.position;
  }

  private async tellAll(events: readonly MemberEvent[]): Promise<void> {
    let told = 0;
    for (const event of events) {
      told += this.tell(event);
      if (told < TOLD_PER_TURN_BYTES) continue;
      told = 0;
      await nextTurn();
      if (this.state === 'closed') return;
    }
  }

  /** Answers the bytes that each of its hearers got. */
  private tell(event: MemberEvent): number {
    const { audience, envelope } = this.options;
    const frame = lazily(() => frameOf(event, envelope));
    this.position = event.position;
    this.remembered.push({ event, frame });
    if (this.remembered.length > REMEMBERED_EVENTS)
      this.rememberedFrom = this.remembered.shift()!.event.position;
    const hearers = audience.hearers(event);
    for (const stream of hearers) audience.tell(stream, event, frame);
    return hearers.size === 0 ? 0 : frame().length;
  }
}

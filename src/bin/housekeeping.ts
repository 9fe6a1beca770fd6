import type { Knex } from 'knex';
import type { Logger } from '../logger';
import type { IdempotencyStore } from '../store/idempotency';
import { purgeMemberEvents } from '../store/member-events';
import { purgeDeliveries } from '../store/purge-deliveries';
import { purgeGuests } from '../store/purge-guests';
import { purgeRefreshFamilies } from '../store/refresh-families';

/** Kept answers go after a day, everything else later; an hour more does not matter. */
const PURGE_EVERY_MS = 60 * 60_000;
/** An event stream can be resumed for this long. */
const KEEP_MEMBER_EVENTS_MS = 7 * 24 * 60 * 60_000;

/**
 * Deletes rows that are of no more use. What is too old stands in the rows, so nothing is forgotten over a restart, and several
 * processes that do this at once only share the work. Owns one timer; `stop` ends it.
 */
export class Housekeeping {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly knex: Knex,
    private readonly answers: IdempotencyStore,
    private readonly log: Logger,
    private readonly everyMs = PURGE_EVERY_MS,
  ) {}

  /** Looks at once (a process may not live for an hour), then again and again. Safe twice. */
  start(): void {
    if (this.timer) return;
    this.timer = setInterval(() => void this.purge(), this.everyMs).unref();
    void this.purge();
  }

  /** Resolves once no purge is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** One at a time. Never rejects: what fails is tried again by the next. */
  purge(): Promise<void> {
    return (this.running ??= this.purgeAll().finally(() => (this.running = null)));
  }

  private async purgeAll(): Promise<void> {
    const { knex } = this;
    for (const [what, purge] of [
      ['idempotency keys', () => this.answers.purge()],
      ['logins', () => purgeRefreshFamilies(knex)],
      ['events of members', () => purgeMemberEvents(knex, KEEP_MEMBER_EVENTS_MS)],
      ['callbacks', () => purgeDeliveries(knex)],
      // Behind their logins and events, which hold them.
      ['guests', () => purgeGuests(knex)],
    ] as const) {
      if (this.stopped) return;
      try {
        await purge();
      } catch (error) {
        this.log.warn({ err: error }, `could not delete old ${what}`);
      }
    }
  }
}

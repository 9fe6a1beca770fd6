import type { Knex } from 'knex';
import type { Logger } from '../logger';
import { Recurring } from '../recurring';
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
 * processes that do this at once only share the work.
 */
export function housekeeping(knex: Knex, answers: IdempotencyStore, log: Logger): Recurring {
  const purges: readonly (readonly [what: string, purge: () => Promise<unknown>])[] = [
    ['idempotency keys', () => answers.purge()],
    ['logins', () => purgeRefreshFamilies(knex)],
    ['events of members', () => purgeMemberEvents(knex, KEEP_MEMBER_EVENTS_MS)],
    ['callbacks', () => purgeDeliveries(knex)],
    // Behind their logins and events, which hold them.
    ['guests', () => purgeGuests(knex)],
  ];
  const failed = (error: unknown, what = 'rows') => log.warn({ err: error }, `could not delete old ${what}`);
  return new Recurring({
    everyMs: PURGE_EVERY_MS,
    run: async (isStopping) => {
      for (const [what, purge] of purges) {
        if (isStopping()) return;
        // One that fails holds up none of the others.
        await purge().catch((error: unknown) => failed(error, what));
      }
    },
    failed,
  });
}

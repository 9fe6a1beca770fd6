import type { Logger } from '../../logger';
import { Recurring } from '../../recurring';
import type { StorageLayout } from '../../storage/layout';
import { sessionFiles } from './salvage';

/** Small against the day that a preview is kept; reading all session files that often costs nothing. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** Removes old previews every hour, beside the boot's salvage. */
export const previewSweep = (
  layout: StorageLayout,
  log: Logger,
  everyMs: number = SWEEP_INTERVAL_MS,
): Recurring =>
  new Recurring({
    everyMs,
    run: async (isStopping) => {
      // Reading them removes the old ones on the way.
      for await (const _ of sessionFiles(layout, log)) if (isStopping()) return;
    },
    failed: (error) => log.warn({ err: error }, 'old previews could not be looked for'),
  });

import { rm } from 'node:fs/promises';
import type { Knex } from 'knex';
import type { Logger } from '../logger';
import { Recurring } from '../recurring';
import type { StorageLayout } from '../storage/layout';
import { forgetUpload, uploadsToSweep } from '../store/uploads';

/** Small against the day that an upload may take. */
const SWEEP_INTERVAL_MS = 15 * 60_000;

/** Removes what was begun to be uploaded and is not waited for any more. */
export const uploadSweep = (knex: Knex, layout: StorageLayout, log: Logger): Recurring =>
  new Recurring({
    everyMs: SWEEP_INTERVAL_MS,
    run: async () => {
      for (const { id, name } of await uploadsToSweep(knex)) {
        await rm(layout.uploadDir(name), { recursive: true, force: true });
        await forgetUpload(knex, id);
      }
    },
    failed: (error) => log.warn({ err: error }, 'old uploads could not be removed'),
  });

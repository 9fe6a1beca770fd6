import type { Knex } from 'knex';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';

/** What archive activities work with. */
export interface ArchiveParts {
  knex: Knex;
  layout: StorageLayout;
  ffmpegPath: string;
  ffprobePath: string;
  log: Logger;
}

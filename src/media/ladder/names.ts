import { join } from 'node:path';
import { LADDER_FOLDER } from '../../storage/layout';
import { UNFINISHED_SUFFIX } from '../../storage/replace-file';

/** What publishing renders from; written last, so that a ladder that has it is whole. */
export const LADDER_FILE = 'ladder.json';

const WORK_FOLDER = 'work';

/** Where a ladder's files are. */
export class LadderPaths {
  readonly dir: string;
  readonly record: string;
  /** Chunks, and whose they are. Gone once the ladder is whole. */
  readonly work: string;
  readonly plan: string;

  constructor(vodDir: string) {
    this.dir = join(vodDir, LADDER_FOLDER);
    this.record = join(this.dir, LADDER_FILE);
    this.work = join(this.dir, WORK_FOLDER);
    this.plan = join(this.work, 'plan.json');
  }

  mp4 = (rendition: string): string => join(this.dir, `${rendition}.mp4`);
  track = (rendition: string): string => join(this.dir, rendition);
  chunkName = (rendition: string, chunk: number): string => `${rendition}-${chunk}.mp4`;
  chunk = (rendition: string, chunk: number): string => join(this.work, this.chunkName(rendition, chunk));
  chunkList = (rendition: string): string => join(this.work, `${rendition}.txt${UNFINISHED_SUFFIX}`);
}

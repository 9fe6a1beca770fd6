import { mkdir, readFile, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SESSION_END_REASONS } from '../domain/session-end-reason';
import type { Logger } from '../logger';
import { replaceFile, syncFolder, UNFINISHED_SUFFIX } from '../storage/replace-file';
import type { Tell } from './contract';

const NUMBER_DIGITS = 12;
const TELL_FILE = /^(\d{12})\.json$/;
/** An unreadable file is kept aside for people, out of the way. */
const BROKEN_SUFFIX = '.broken';

const key = z.object({
  appId: z.number(),
  memberId: z.number(),
  streamKeyId: z.number(),
});
const tellSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unpublish'),
    key,
    message: z.object({
      sessionId: z.string(),
      epoch: z.number().nullable(),
      reason: z.enum(SESSION_END_REASONS),
    }),
  }),
  z.object({
    kind: z.literal('viewable'),
    key,
    message: z.object({ sessionId: z.string(), epoch: z.number() }),
  }),
]);

export interface StoredTell {
  /** Rises with each tell of this node, over restarts too. */
  number: number;
  tell: Tell;
}

const fileName = (number: number): string => `${String(number).padStart(NUMBER_DIGITS, '0')}.json`;

/** The outbox on disk: one file a tell, named by its number, whole or not there. */
export class OutboxFolder {
  constructor(
    private readonly dir: string,
    private readonly log: Logger,
  ) {}

  /** Creates the folder if missing and reads what waits in it, oldest first. */
  async load(): Promise<StoredTell[]> {
    await mkdir(this.dir, { recursive: true });
    const names = (await readdir(this.dir)).sort();
    const tells: StoredTell[] = [];
    for (const name of names) {
      const number = TELL_FILE.exec(name)?.[1];
      const tell = number === undefined ? null : await this.read(name);
      if (tell) tells.push({ number: Number(number), tell });
      else if (name.endsWith(UNFINISHED_SUFFIX)) await unlink(join(this.dir, name));
    }
    return tells;
  }

  /** Durable when it resolves: written whole, flushed, named. */
  async write({ number, tell }: StoredTell): Promise<void> {
    // Parsing leaves out what callers may have beside the tell's own fields.
    await replaceFile(join(this.dir, fileName(number)), JSON.stringify(tellSchema.parse(tell)));
    await syncFolder(this.dir);
  }

  async remove(number: number): Promise<void> {
    await unlink(join(this.dir, fileName(number)));
  }

  private async read(name: string): Promise<Tell | null> {
    const path = join(this.dir, name);
    try {
      return tellSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      this.log.error({ err: error, file: name }, 'a file of the outbox is unreadable and was set aside');
      await rename(path, path + BROKEN_SUFFIX);
      return null;
    }
  }
}

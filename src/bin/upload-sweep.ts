import { rm } from 'node:fs/promises';
import type { Knex } from 'knex';
import type { Logger } from '../logger';
import type { StorageLayout } from '../storage/layout';
import { forgetUpload, uploadsToSweep } from '../store/uploads';

/** Small against the day that an upload may take. */
const SWEEP_INTERVAL_MS = 15 * 60_000;

/** Removes what was begun to be uploaded and is not waited for any more. Owns one timer; `stop` ends it. */
export class UploadSweep {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly knex: Knex,
    private readonly layout: StorageLayout,
    private readonly log: Logger,
    private readonly intervalMs = SWEEP_INTERVAL_MS,
  ) {}

  /** Looks at once, then again and again. Safe twice. */
  start(): void {
    if (this.timer) return;
    this.timer = setInterval(() => void this.sweep(), this.intervalMs).unref();
    void this.sweep();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** One at a time. Never rejects: what fails is tried again by the next. */
  sweep(): Promise<void> {
    return (this.running ??= this.look().finally(() => (this.running = null)));
  }

  private async look(): Promise<void> {
    try {
      for (const { id, name } of await uploadsToSweep(this.knex)) {
        await rm(this.layout.uploadDir(name), { recursive: true, force: true });
        await forgetUpload(this.knex, id);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'old uploads could not be removed');
    }
  }
}

import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import { sessionFiles } from './salvage';

/** Small against the day that a preview is kept; reading all session files that often costs nothing. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** Removes old previews every hour, beside the boot's salvage. */
export class PreviewSweep {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly layout: StorageLayout,
    private readonly log: Logger,
    private readonly intervalMs = SWEEP_INTERVAL_MS,
  ) {}

  /** The boot has looked already: the first sweep is an interval away. Safe twice. */
  start(): void {
    this.timer ??= setInterval(() => this.sweep(), this.intervalMs).unref();
  }

  /** Resolves when a sweep that was under way has stopped. Safe twice. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** One at a time: a slow disk must not pile them up. */
  private sweep(): void {
    this.running ??= this.look().finally(() => (this.running = null));
  }

  /** Never rejects: what fails is tried again by the next. */
  private async look(): Promise<void> {
    try {
      // Reading them removes the old ones on the way.
      for await (const _ of sessionFiles(this.layout, this.log)) if (!this.timer) return;
    } catch (error) {
      this.log.warn({ err: error }, 'old previews could not be looked for');
    }
  }
}

/** How a piece of work recurs. */
export interface RecurringWork {
  everyMs: number;
  /** Asked between two steps, by work that is long: then it ends early, and goes on with its next time. */
  run(isStopping: () => boolean): Promise<void>;
  /** Hears what a run failed with; the next one tries again. */
  failed(error: unknown): void;
}

/** Work that is done again and again, one run at a time. Owns one timer, which keeps no process alive; `stop` ends it for good. */
export class Recurring {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private stopping = false;

  constructor(private readonly work: RecurringWork) {}

  /** The first run is one interval away: who wants it sooner calls `now` as well. Safe twice. */
  start(): void {
    if (this.stopping) return;
    this.timer ??= setInterval(() => void this.now(), this.work.everyMs).unref();
  }

  /** Resolves when the run that this began, or found under way, is over. Never rejects. */
  now(): Promise<void> {
    return (this.running ??= this.runOnce().finally(() => (this.running = null)));
  }

  /** Resolves once no run is under way. Safe twice. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  private async runOnce(): Promise<void> {
    try {
      await this.work.run(() => this.stopping);
    } catch (error) {
      this.work.failed(error);
    }
  }
}

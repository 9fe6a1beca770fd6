/** The terminal tells a Ctrl-C to the whole group, and `npm run demo` passes it on: within this time it is one press. */
const SAME_PRESS_MS = 500;

/** Ctrl-C while the demo waits for it ends the show in order; at any other time, and the second one, ends the demo. */
export class Interruption {
  private readonly controller = new AbortController();
  private waiting: (() => void) | null = null;
  private lastAt = -Infinity;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.take());
  }

  /** Aborted when the demo must end at once. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves at the next Ctrl-C. */
  asked(): Promise<void> {
    return new Promise((resolve) => (this.waiting = resolve));
  }

  /** The work's result; rejects when the demo must end. */
  async orEnd<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    const ended = new Promise<never>((_, reject) => {
      const fail = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) fail();
      else this.signal.addEventListener('abort', fail, { once: true });
    });
    ended.catch(() => undefined);
    return Promise.race([work, ended]);
  }

  private take(): void {
    const now = performance.now();
    if (now - this.lastAt < SAME_PRESS_MS) return;
    this.lastAt = now;
    const { waiting } = this;
    this.waiting = null;
    if (waiting) waiting();
    else this.controller.abort(new Error('interrupted'));
  }
}

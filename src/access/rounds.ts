/**
 * Runs `run` again and again, one at a time, as often as asked for: whoever asks while a round runs shares the next one.
 * So what a round reads is never older than the asking, and a crowd costs one connection.
 */
export class Rounds {
  private running: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | null = null;

  constructor(private readonly run: () => Promise<void>) {}

  /** Resolves after a round that begins from now on; rejects with its error. */
  next(): Promise<void> {
    const begin = (): Promise<void> => {
      this.waiting = null;
      return (this.running = this.run());
    };
    return (this.waiting ??= this.running.then(begin, begin));
  }

  /** The round that runs, and the one that waits, if any, are over. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.running, this.waiting]);
  }
}

import { condition } from '@temporalio/workflow';

/** Carries out one kind of effect, one at a time and in order. `drained` is the point where a workflow may complete. */
export class EffectQueue<T> {
  private waiting: T[] = [];
  private running = 0;

  constructor(private readonly carryOut: (item: T) => Promise<void>) {}

  push(item: T): void {
    this.waiting.push(item);
  }

  get drained(): boolean {
    return this.waiting.length === 0 && this.running === 0;
  }

  /** Runs until `isOver` says so and nothing is left. */
  async run(isOver: () => boolean): Promise<void> {
    for (;;) {
      await condition(() => this.waiting.length > 0 || isOver());
      const item = this.waiting.shift();
      if (item === undefined) return;
      this.running += 1;
      await this.carryOut(item);
      this.running -= 1;
    }
  }
}

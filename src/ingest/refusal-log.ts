import type { Logger } from '../logger';
import { monotonicMs } from './monotonic';

/** Whoever floods us with connections must not fill the disk with lines about them. */
const EVERY_MS = 10_000;

/** Connections that were refused at the door, logged together: the first at once, then how many more since. */
export class RefusalLog {
  private lastAt = -Infinity;
  private unsaid = 0;

  constructor(
    private readonly log: Logger,
    private readonly why: string,
  ) {}

  /** `address`: of this one; the line names the newest. */
  add(address?: string): void {
    this.unsaid += 1;
    const now = monotonicMs();
    if (now - this.lastAt < EVERY_MS) return;
    this.log.warn({ address, refused: this.unsaid }, this.why);
    this.lastAt = now;
    this.unsaid = 0;
  }
}

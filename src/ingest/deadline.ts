import { within } from '../deadline';
import { CodedError } from '../domain/errors';
import { monotonicMs } from './monotonic';

/** A span that several steps share. */
export class Deadline {
  private readonly endsAt: number;

  constructor(spanMs: number) {
    this.endsAt = monotonicMs() + spanMs;
  }

  get leftMs(): number {
    return Math.max(0, this.endsAt - monotonicMs());
  }

  /** The promise's outcome, or CONTROL_PLANE_UNAVAILABLE when time runs out first; what comes later is dropped. */
  within<T>(promise: Promise<T>): Promise<T> {
    return within(this.leftMs, promise, () => new CodedError('CONTROL_PLANE_UNAVAILABLE'));
  }
}

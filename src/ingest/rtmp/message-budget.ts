import { monotonicMs } from '../monotonic';
import { RtmpProtocolError } from './protocol-error';

export interface MessageRate {
  /** Messages at once. */
  burst: number;
  /** Messages a second, in the long run. */
  perSecond: number;
}

/**
 * How many messages a peer may send. A message can be one byte long and costs as much as any other: without a bound a few
 * megabytes a second would keep the whole process busy.
 */
export class MessageBudget {
  private left: number;
  private filledAt = monotonicMs();

  constructor(private readonly rate: MessageRate) {
    this.left = rate.burst;
  }

  /** One message came. Throws RtmpProtocolError when it is one too many. */
  spend(): void {
    if (this.left < 1) this.refill();
    if (this.left < 1) throw new RtmpProtocolError('too many messages');
    this.left -= 1;
  }

  private refill(): void {
    const now = monotonicMs();
    this.left += ((now - this.filledAt) / 1_000) * this.rate.perSecond;
    this.left = Math.min(this.left, this.rate.burst);
    this.filledAt = now;
  }
}

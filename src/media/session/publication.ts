import type { BroadcastTimeline } from '../timeline/broadcast-timeline';
import type { PartRecord, SegmentRecord } from '../timeline/types';

/**
 * A session's way into its broadcast's timeline: segments go in order, and one that could not be written stays in front of those
 * behind it until a later try. What waits is a few hundred bytes a segment.
 */
export class Publication {
  private readonly waiting: { part: PartRecord; segment: SegmentRecord }[] = [];
  private last: Promise<unknown> = Promise.resolve();

  /** `onTaken` is told of segments that became public; others were before the go-live mark, or known. */
  constructor(
    readonly timeline: BroadcastTimeline,
    private readonly onTaken: (segment: SegmentRecord) => void,
  ) {}

  push(part: PartRecord, segment: SegmentRecord): void {
    this.waiting.push({ part, segment });
  }

  isWaiting(segment: SegmentRecord): boolean {
    return this.waiting.some((one) => one.segment === segment);
  }

  /** Resolves when all that was pushed so far is written; rejects with the first that is not. May be called again. */
  flush(): Promise<void> {
    const flushed = this.last.then(() => this.writeAll());
    this.last = flushed.catch(() => undefined);
    return flushed;
  }

  private async writeAll(): Promise<void> {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (await this.timeline.add(next.part, next.segment)) this.onTaken(next.segment);
      this.waiting.shift();
    }
  }
}

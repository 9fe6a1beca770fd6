/** Where the peer named no window: what servers commonly use. */
const DEFAULT_WINDOW_BYTES = 2_500_000;
/** A peer that wants an answer to every byte would make us its amplifier. */
const MIN_WINDOW_BYTES = 16 * 1024;

/** Counts received bytes and acknowledges them window by window: some encoders stall without it. */
export class AcknowledgementWindow {
  private windowBytes = DEFAULT_WINDOW_BYTES;
  private total = 0;
  private acknowledged = 0;

  constructor(private readonly acknowledge: (totalBytes: number) => void) {}

  resize(bytes: number): void {
    this.windowBytes = Math.min(Math.max(bytes, MIN_WINDOW_BYTES), DEFAULT_WINDOW_BYTES);
  }

  received(bytes: number): void {
    this.total += bytes;
    if (this.total - this.acknowledged < this.windowBytes) return;
    this.acknowledged = this.total;
    this.acknowledge(this.total);
  }
}

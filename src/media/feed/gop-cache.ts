import type { MediaTag } from '../contract';

/** The tags since the last key frame, so that a new viewer sees a picture at once. Too long a GOP is not kept. */
export class GopCache {
  private kept: MediaTag[] = [];
  private bytes = 0;
  private startedAt = 0;

  constructor(private readonly limits: { gopMaxTags: number; gopMaxBytes: number }) {}

  /** Empty before the first key frame, for audio alone, and while the current GOP is above the bounds. */
  get tags(): readonly MediaTag[] {
    return this.kept;
  }

  /** Wall clock (epoch milliseconds) at which the kept key frame came. */
  get startedAtMs(): number {
    return this.startedAt;
  }

  add(tag: MediaTag, nowMs: number): void {
    if (tag.isKeyFrame) {
      this.clear();
      this.startedAt = nowMs;
    } else if (this.kept.length === 0) {
      return;
    }
    this.kept.push(tag);
    this.bytes += tag.payload.length;
    if (this.kept.length > this.limits.gopMaxTags || this.bytes > this.limits.gopMaxBytes) this.clear();
  }

  clear(): void {
    this.kept = [];
    this.bytes = 0;
  }
}

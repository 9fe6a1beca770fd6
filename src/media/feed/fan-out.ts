import type { MediaTag, ViewerSink } from '../contract';
import { GopCache } from './gop-cache';
import { StreamHeaders } from './headers';
import { DEFAULT_FEED_LIMITS, type FeedLimits } from './limits';
import { ViewerCursor } from './viewer-cursor';

export interface FeedOptions {
  limits?: Partial<FeedLimits>;
  /** A viewer's sink threw; that viewer was dropped, nobody else noticed. */
  onViewerError?(error: unknown): void;
  /** Clocks, for tests: wall (epoch milliseconds) and monotonic milliseconds. */
  wallNow?(): number;
  now?(): number;
}

/** Gives one flow of tags to any number of viewers, each at its own pace. The common part of both feeds. Never throws. */
export class FanOut {
  readonly limits: FeedLimits;
  readonly headers = new StreamHeaders();
  readonly gop: GopCache;
  private readonly cursors = new Set<ViewerCursor>();
  private readonly wallNow: () => number;
  private readonly now: () => number;

  constructor(private readonly options: FeedOptions = {}) {
    this.limits = { ...DEFAULT_FEED_LIMITS, ...options.limits };
    this.gop = new GopCache(this.limits);
    this.wallNow = options.wallNow ?? Date.now;
    this.now = options.now ?? (() => performance.now());
  }

  get viewers(): number {
    return this.cursors.size;
  }

  /** `isStart`: a viewer may start at this tag. `cameAtMs`: wall clock of its arrival, now where left out. */
  push(tag: MediaTag, isStart: boolean, cameAtMs = this.wallNow()): void {
    if (StreamHeaders.isHeader(tag)) return this.pushHeader(tag);
    this.gop.add(tag, cameAtMs);
    const headers = (timestampMs: number): MediaTag[] => this.headers.at(timestampMs);
    for (const cursor of this.cursors) cursor.offer(tag, isStart, headers);
  }

  private pushHeader(tag: MediaTag): void {
    const changed = this.headers.keep(tag);
    if (!changed) return;
    // What was kept was encoded for the old header.
    if (tag.kind === 'video') this.gop.clear();
    for (const cursor of this.cursors) cursor.header(changed);
  }

  /** Headers and GOP cache come at once where there are any. */
  subscribe(viewer: ViewerSink): () => void {
    const cursor = new ViewerCursor(viewer, this.limits, {
      now: this.now,
      onClosed: (closed, error) => {
        this.cursors.delete(closed);
        if (error !== undefined) this.options.onViewerError?.(error);
      },
    });
    this.cursors.add(cursor);
    const first = this.gop.tags[0];
    if (first) cursor.join(this.headers.at(first.timestampMs), this.gop.tags);
    return () => cursor.leave();
  }

  /** Another source follows: viewers stay, and get its headers and its first key frame next. */
  restart(): void {
    this.headers.clear();
    this.gop.clear();
    for (const cursor of this.cursors) cursor.restart();
  }

  closeViewers(why: Parameters<ViewerSink['close']>[0]): void {
    for (const cursor of [...this.cursors]) cursor.close(why);
  }
}

import type { MediaTag, ViewerSink } from '../contract';
import type { FeedLimits } from './limits';

/**
 * waiting: for a place to start. audio: started without video, whose key frame is still to come. flowing: gets all.
 * skipping: too far behind, gets only starts until it has caught up. closed: for good.
 */
type CursorState = 'waiting' | 'audio' | 'flowing' | 'skipping' | 'closed';
type CloseReason = Parameters<ViewerSink['close']>[0];

/** While skipping without video, every audio frame would be a start: one a second is enough to see the queue. */
const AUDIO_RETRY_MS = 1000;

export interface CursorHooks {
  /** Monotonic milliseconds. */
  now(): number;
  /** The cursor is over, whoever ended it. `error` is what the sink threw, where it did. */
  onClosed(cursor: ViewerCursor, error?: unknown): void;
}

/** One viewer's place in a feed, and what keeps it from holding more memory than it may. Never throws. */
export class ViewerCursor {
  private state: CursorState = 'waiting';
  private slowSinceMs: number | null = null;
  private lastSentMs = 0;

  constructor(
    private readonly sink: ViewerSink,
    private readonly limits: FeedLimits,
    private readonly hooks: CursorHooks,
  ) {}

  /** Sends headers and the frames since the last key frame. */
  join(headers: readonly MediaTag[], gop: readonly MediaTag[]): void {
    this.state = 'flowing';
    for (const tag of headers) this.send(tag);
    for (const tag of gop) this.send(tag);
  }

  /** The next frame. `isStart` says whether a viewer may start here; `headers` are sent first where it does. */
  offer(tag: MediaTag, isStart: boolean, headers: (timestampMs: number) => readonly MediaTag[]): void {
    switch (this.state) {
      case 'closed':
        return;
      case 'waiting':
        if (!isStart) return;
        this.state = tag.kind === 'video' ? 'flowing' : 'audio';
        for (const header of headers(tag.timestampMs)) this.send(header);
        return this.send(tag);
      case 'audio':
        if (tag.kind === 'video' && !isStart) return;
        if (tag.kind === 'video') this.state = 'flowing';
        return this.send(tag);
      case 'flowing':
        return this.send(tag);
      case 'skipping':
        return this.retry(tag, isStart);
    }
  }

  /** A header that changed under way. Small, and nothing after it can be decoded without: also while skipping. */
  header(tag: MediaTag): void {
    if (this.state !== 'waiting') this.send(tag);
  }

  /** The source changed: what follows begins with headers and a key frame again. */
  restart(): void {
    if (this.state !== 'closed') this.state = 'waiting';
  }

  close(why: CloseReason): void {
    if (this.state === 'closed') return;
    this.finish(undefined);
    try {
      this.sink.close(why);
    } catch (error) {
      this.hooks.onClosed(this, error);
    }
  }

  /** The viewer left by itself: nothing is sent or told any more. */
  leave(): void {
    if (this.state !== 'closed') this.finish(undefined);
  }

  private retry(tag: MediaTag, isStart: boolean): void {
    if (this.hooks.now() - (this.slowSinceMs ?? 0) > this.limits.slowViewerMaxMs)
      return this.close('too_slow');
    if (!isStart) return;
    if (tag.kind === 'audio' && Math.abs(tag.timestampMs - this.lastSentMs) < AUDIO_RETRY_MS) return;
    this.state = tag.kind === 'video' ? 'flowing' : 'audio';
    this.send(tag);
  }

  private send(tag: MediaTag): void {
    if (this.state === 'closed') return;
    let queuedBytes: number;
    try {
      queuedBytes = this.sink.send(tag);
    } catch (error) {
      this.finish(error);
      return;
    }
    this.lastSentMs = tag.timestampMs;
    this.judge(queuedBytes);
  }

  private judge(queuedBytes: number): void {
    // The sink may have left while it was sending.
    if (this.state === 'closed') return;
    if (queuedBytes > this.limits.closeAboveBytes) return this.close('too_slow');
    if (queuedBytes <= this.limits.skipAboveBytes) {
      this.slowSinceMs = null;
      return;
    }
    this.slowSinceMs ??= this.hooks.now();
    this.state = 'skipping';
  }

  private finish(error: unknown): void {
    this.state = 'closed';
    this.hooks.onClosed(this, error);
  }
}

import type { OutputMode } from '../../domain/output-mode';
import type { Feed, MediaTag, ViewerSink } from '../contract';
import { classifyVideoTag } from '../flv';
import { FanOut, type FeedOptions } from './fan-out';
import { VideoPresence } from './video-presence';

/** What follows a session's tags without being a viewer: a broadcast. */
export interface FeedTap {
  onTag(tag: MediaTag, isStart: boolean): void;
  onEnd(): void;
}

/** One session's tags for its viewers (the owner's preview), with the session's own timestamps. */
export class SessionFeed implements Feed {
  private readonly fanOut: FanOut;
  private readonly presence = new VideoPresence();
  private readonly taps = new Set<FeedTap>();
  private state: 'open' | 'ended' = 'open';

  constructor(
    readonly mode: OutputMode,
    options: FeedOptions = {},
  ) {
    this.fanOut = new FanOut(options);
  }

  get viewers(): number {
    return this.fanOut.viewers;
  }

  /** Never throws. Tags after the end are dropped. */
  write(tag: MediaTag): void {
    if (this.state === 'ended' || isEndOfVideo(tag)) return;
    const isStart = this.presence.isStart(tag);
    this.fanOut.push(tag, isStart);
    for (const tap of this.taps) tap.onTag(tag, isStart);
  }

  /** A viewer that comes after the end is closed at once. */
  subscribe(viewer: ViewerSink): () => void {
    const leave = this.fanOut.subscribe(viewer);
    if (this.state === 'ended') this.fanOut.closeViewers('ended');
    return leave;
  }

  /** Closes the viewers and tells the taps. Safe twice. */
  end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.fanOut.closeViewers('ended');
    for (const tap of [...this.taps]) tap.onEnd();
    this.taps.clear();
  }

  /** From now on `tap` gets each tag. Returns the end of it. */
  tap(tap: FeedTap): () => void {
    if (this.state === 'ended') {
      tap.onEnd();
      return () => undefined;
    }
    this.taps.add(tap);
    return () => this.taps.delete(tap);
  }

  /** The headers so far, and the kept GOP where its key frame came at or after `sinceMs` (epoch milliseconds). */
  backlog(sinceMs: number): { headers: MediaTag[]; gop: readonly MediaTag[]; startedAtMs: number } {
    const { gop, headers } = this.fanOut;
    const kept = gop.startedAtMs >= sinceMs ? gop.tags : [];
    return { headers: headers.at(kept[0]?.timestampMs ?? 0), gop: kept, startedAtMs: gop.startedAtMs };
  }
}

/** An encoder's "end of sequence" would end the picture for viewers who stay over a drop. */
const isEndOfVideo = (tag: MediaTag): boolean =>
  tag.kind === 'video' &&
  tag.payload.length <= MAX_END_TAG_BYTES &&
  !!classifyVideoTag(tag.payload)?.isEndOfSequence;
const MAX_END_TAG_BYTES = 16;

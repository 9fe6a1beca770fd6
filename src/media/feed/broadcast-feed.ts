import type { OutputMode } from '../../domain/output-mode';
import type { Feed, MediaTag, ViewerSink } from '../contract';
import { FanOut, type FeedOptions } from './fan-out';
import { StreamHeaders } from './headers';
import { Rebaser } from './rebaser';
import type { SessionFeed } from './session-feed';

/**
 * silent: no session. starting: a session is attached, its first public key frame has not come. flowing: it has.
 * closed: the broadcast is over.
 */
type BroadcastState = 'silent' | 'starting' | 'flowing' | 'closed';

/**
 * What viewers of a public name hang on: the broadcast over all its sessions. They stay over a drop; timestamps go on,
 * headers are sent again on resume, and nothing from before the go-live mark ever comes through.
 */
export class BroadcastFeed implements Feed {
  private readonly fanOut: FanOut;
  private readonly rebaser = new Rebaser();
  private state: BroadcastState = 'silent';
  private source: SessionFeed | null = null;
  private untap: () => void = () => undefined;
  private idleTimer: NodeJS.Timeout | null = null;
  /** Headers that came before the first public frame: they belong in front of it. */
  private pending = new StreamHeaders();

  constructor(
    readonly mode: OutputMode,
    options: FeedOptions = {},
  ) {
    this.fanOut = new FanOut(options);
  }

  get viewers(): number {
    return this.fanOut.viewers;
  }

  /**
   * The broadcast continues with `source`, from its first key frame that came at or after `fromMs` (epoch milliseconds:
   * the go-live mark; left out for a session that resumed, whose every frame is public). Replaces an earlier source.
   */
  attach(source: SessionFeed, fromMs = 0): void {
    if (this.state === 'closed' || this.source === source) return;
    this.detach();
    this.source = source;
    this.state = 'starting';
    this.pending = new StreamHeaders();
    const backlog = source.backlog(fromMs);
    for (const header of backlog.headers) this.pending.keep(header);
    for (const tag of backlog.gop) this.onTag(tag, tag.isKeyFrame, backlog.startedAtMs);
    this.untap = source.tap({
      onTag: (tag, isStart) => this.onTag(tag, isStart),
      onEnd: () => this.detach(source),
    });
  }

  /** The session is gone, the viewers stay. Of another session than the attached one: nothing happens. */
  detach(source: SessionFeed | null = this.source): void {
    if (this.state === 'closed' || source === null || source !== this.source) return;
    this.untap();
    this.source = null;
    this.state = 'silent';
    this.fanOut.restart();
    this.watchSilence();
  }

  subscribe(viewer: ViewerSink): () => void {
    const leave = this.fanOut.subscribe(viewer);
    if (this.state === 'closed') this.fanOut.closeViewers('ended');
    else if (this.state !== 'flowing') this.watchSilence();
    return leave;
  }

  /** The broadcast ended: viewers are closed, later ones at once. Safe twice. */
  close(): void {
    this.detach();
    this.state = 'closed';
    this.stopWatching();
    this.fanOut.closeViewers('ended');
  }

  private onTag(tag: MediaTag, isStart: boolean, cameAtMs?: number): void {
    if (this.state === 'starting') {
      if (StreamHeaders.isHeader(tag)) this.pending.keep(tag);
      if (!isStart) return;
      this.startAt(tag.timestampMs);
    }
    const rebased = this.rebaser.rebase(tag);
    if (rebased) this.fanOut.push(rebased, isStart, cameAtMs);
  }

  private startAt(timestampMs: number): void {
    this.state = 'flowing';
    this.stopWatching();
    this.rebaser.start(timestampMs);
    this.fanOut.restart();
    for (const header of this.pending.at(timestampMs)) {
      const rebased = this.rebaser.rebase(header);
      if (rebased) this.fanOut.push(rebased, false);
    }
  }

  /** Viewers of a broadcast that shows nothing are let go after 15 minutes; those who come later wait anew. */
  private watchSilence(): void {
    this.idleTimer ??= setTimeout(() => {
      this.idleTimer = null;
      this.fanOut.closeViewers('idle');
    }, this.fanOut.limits.idleViewersMs).unref();
  }

  private stopWatching(): void {
    if (this.idleTimer) clearTimeout(this.idleTimer);
    this.idleTimer = null;
  }
}

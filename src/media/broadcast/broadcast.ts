import { doneWithin } from '../../deadline';
import { offersCmaf, offersRtmp } from '../../domain/output-mode';
import type { StorageLayout } from '../../storage/layout';
import { BroadcastFeed, type FeedOptions } from '../feed';
import type { Pipeline } from '../session/pipeline';
import type { BroadcastTimeline } from '../timeline/broadcast-timeline';
import { LivePlaylists } from './live-playlists';

/** How long the end waits for the last session's last segments. */
const FLUSH_WAIT_MS = 5_000;

/** A public broadcast on this node: its timeline, its viewers' feed, its playlists, and the session it shows now. */
export class Broadcast {
  readonly feed: BroadcastFeed | null;
  readonly playlists: LivePlaylists | null;
  private source: Pipeline | null = null;

  constructor(
    readonly timeline: BroadcastTimeline,
    options: { layout: StorageLayout; timeUrl: string; feed: FeedOptions },
  ) {
    const { mode } = timeline.open;
    const { index } = timeline;
    const source = { index, onChange: (listener: () => void) => timeline.onChange(listener) };
    this.feed = offersRtmp(mode) ? new BroadcastFeed(mode, options.feed) : null;
    this.playlists = offersCmaf(mode) ? new LivePlaylists(source, options.layout, options.timeUrl) : null;
    if (timeline.ended) this.feed?.close();
  }

  /** Shows this session from the go-live mark on. Safe to repeat: a repeat after a failure does what is missing. */
  async open(pipeline: Pipeline): Promise<void> {
    if (this.timeline.ended) return;
    this.source = pipeline;
    if (this.feed && pipeline.feed) this.feed.attach(pipeline.feed, Date.parse(this.timeline.open.goLiveAt));
    await pipeline.goPublic(this.timeline);
  }

  /** Goes on with a session that resumes it: all of it is public. */
  resume(pipeline: Pipeline): void {
    if (this.timeline.ended) return;
    this.source = pipeline;
    if (this.feed && pipeline.feed) this.feed.attach(pipeline.feed);
  }

  /** The session that the broadcast showed last (another than `except`) has written everything, or had 5 s to do so. */
  async flushed(except?: Pipeline): Promise<void> {
    if (this.source && this.source !== except) await doneWithin(FLUSH_WAIT_MS, this.source.ended);
  }

  /** Safe to repeat. */
  async close(endedAt: string): Promise<{ segments: number; durationMs: number }> {
    if (!this.timeline.ended) await this.flushed();
    await this.timeline.end(endedAt);
    this.feed?.close();
    this.source = null;
    const { size, durationMs } = this.timeline.index;
    return { segments: size, durationMs: Math.round(durationMs) };
  }

  /** The node stops: the broadcast itself goes on elsewhere, or after the restart. */
  async letGo(): Promise<void> {
    this.feed?.close();
    await this.timeline.close();
  }
}

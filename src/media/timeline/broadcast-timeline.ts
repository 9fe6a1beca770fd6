import { mkdir } from 'node:fs/promises';
import type { OutputMode } from '../../domain/output-mode';
import type { StorageLayout } from '../../storage/layout';
import { IndexWriter } from './index-writer';
import { LiveIndex } from './live-index';
import { readTimeline } from './read';
import type { EndRecord, OpenRecord, PartRecord, SegmentRecord, TimelineIndex } from './types';

/** What live playlists show of a broadcast: enough to scroll back a little, small enough to send every 2 s. */
export const LIVE_WINDOW_MS = 5 * 60_000;

/** Clocks of two sessions differ by rounding only: what begins this much before the timeline's end is known already. */
const KNOWN_SEGMENT_TOLERANCE_MS = 20;

/**
 * What a room shows from go live to end: the append-only index on disk and its newest window in memory. One writer.
 * Sessions are its sources, one after the other.
 */
export class BroadcastTimeline {
  readonly index = new LiveIndex(LIVE_WINDOW_MS);
  /** closed: this process let go of it; the broadcast itself may go on. */
  private state: 'open' | 'ended' | 'closed' = 'open';
  private last: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<() => void>();

  private constructor(
    readonly open: OpenRecord,
    private writer: IndexWriter | null,
    /** Of the file when it was opened: what they told is missing. */
    readonly brokenLines: number,
  ) {}

  /** Opens the timeline on disk, or begins it with `first`. Null: there is none, and nothing to begin it with. */
  static async openOrCreate(
    layout: StorageLayout,
    playbackName: string,
    first: { mode: OutputMode; goLiveAt: string } | null,
  ): Promise<BroadcastTimeline | null> {
    const file = layout.timeline(playbackName);
    const found = await readTimeline(file);
    if (!found && !first) return null;
    await mkdir(layout.broadcastDir(playbackName), { recursive: true });
    const open: OpenRecord | null =
      found?.open ??
      (first && { type: 'open', version: 1, playbackName, mode: first.mode, goLiveAt: first.goLiveAt });
    if (!open) return null;
    const writer = found?.end ? null : await IndexWriter.open(file);
    const timeline = new BroadcastTimeline(open, writer, found?.brokenLines ?? 0);
    if (found) timeline.restore(found);
    else await timeline.begin();
    return timeline;
  }

  private async begin(): Promise<void> {
    try {
      await this.openWriter().append(this.open);
    } catch (error) {
      await this.closeWriter();
      throw error;
    }
  }

  private restore(found: TimelineIndex): void {
    this.index.restore(found.parts, found.segments);
    if (!found.end) return;
    this.state = 'ended';
    this.index.ended = true;
  }

  get ended(): boolean {
    return this.state === 'ended';
  }

  /**
   * Appends a session's segment, and its part where this is the part's first one. Segments of before the go-live mark, and those
   * that are here already, are left out: so a source may tell all it has, twice. Returns whether it was taken.
   */
  add(part: PartRecord, segment: SegmentRecord): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.state === 'ended' || !this.wants(part, segment)) return false;
      const numbered = this.index.number(part, segment);
      // Written first: a part whose record could not be written is still new, and comes again with its next segment.
      await this.openWriter().append(...(numbered.newPart ? [numbered.newPart] : []), numbered.segment);
      this.index.take(numbered);
      this.tell();
      return true;
    });
  }

  drop(at: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'open') await this.openWriter().append({ type: 'drop', at });
    });
  }

  /** Writes the end mark. Safe twice. */
  end(endedAt: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'ended') return;
      const record: EndRecord = { type: 'end', endedAt };
      await this.openWriter().append(record);
      this.state = 'ended';
      this.index.ended = true;
      await this.closeWriter();
      this.tell();
    });
  }

  /** Told after each change. Returns the end of it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Lets go of the file; the broadcast itself goes on. Safe twice. */
  close(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'open') this.state = 'closed';
      await this.closeWriter();
    });
  }

  private async closeWriter(): Promise<void> {
    const writer = this.writer;
    this.writer = null;
    await writer?.close();
  }

  private openWriter(): IndexWriter {
    if (!this.writer) throw new Error('the timeline was let go of and takes nothing any more');
    return this.writer;
  }

  private wants(part: PartRecord, segment: SegmentRecord): boolean {
    if (this.index.size > 0) return segment.startMs >= this.index.endMs - KNOWN_SEGMENT_TOLERANCE_MS;
    const startedAtMs = Date.parse(part.startedAt) + segment.startMs - part.baseMs;
    return startedAtMs >= Date.parse(this.open.goLiveAt);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

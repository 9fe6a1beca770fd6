import { readdir } from 'node:fs/promises';
import type { OutputMode } from '../../domain/output-mode';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import type { BroadcastRef } from '../contract';
import type { FeedOptions } from '../feed';
import { BroadcastTimeline } from '../timeline/broadcast-timeline';
import { isEndedTimeline } from '../timeline/read';
import { Broadcast } from './broadcast';

/** Ended broadcasts whose last playlist is still answered; older ones only have their VOD. */
const MAX_ENDED_KEPT = 200;

/** The broadcasts of this node, each opened once. */
export class Broadcasts {
  private readonly ready = new Map<string, Broadcast>();
  private readonly opening = new Map<string, Promise<Broadcast | null>>();

  constructor(
    private readonly options: { layout: StorageLayout; timeUrl: string; feed: FeedOptions; log: Logger },
  ) {}

  find(playbackName: string): Broadcast | null {
    return this.ready.get(playbackName) ?? null;
  }

  /** From memory, else from disk, else begun with `first`; null where there is none and nothing to begin it with. */
  open(ref: { playbackName: string }, first: { mode: OutputMode; goLiveAt: string }): Promise<Broadcast>;
  open(ref: { playbackName: string }, first: null): Promise<Broadcast | null>;
  async open(
    { playbackName }: { playbackName: string },
    first: (Pick<BroadcastRef, 'goLiveAt'> & { mode: OutputMode }) | null,
  ) {
    // Openings of one name follow each other: a file must not get two writers.
    const before = this.opening.get(playbackName) ?? Promise.resolve(null);
    const opened = before.catch(() => null).then(() => this.openOnce(playbackName, first));
    this.opening.set(playbackName, opened);
    try {
      return await opened;
    } finally {
      if (this.opening.get(playbackName) === opened) this.opening.delete(playbackName);
    }
  }

  /** Opens what an earlier boot left running. Returns how many. */
  async reopen(): Promise<number> {
    const names = await readdir(this.options.layout.broadcastsDir()).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const playbackName of names) {
      try {
        if (await isEndedTimeline(this.options.layout.timeline(playbackName))) continue;
        await this.open({ playbackName }, null);
      } catch (error) {
        this.options.log.error({ err: error, playbackName }, 'a timeline can not be reopened');
      }
    }
    return this.ready.size;
  }

  async letGo(): Promise<void> {
    await Promise.all([...this.ready.values()].map((broadcast) => broadcast.letGo()));
    this.ready.clear();
  }

  private async openOnce(playbackName: string, first: { mode: OutputMode; goLiveAt: string } | null) {
    const found = this.ready.get(playbackName);
    if (found) return found;
    const timeline = await BroadcastTimeline.openOrCreate(this.options.layout, playbackName, first);
    if (!timeline) return null;
    const { brokenLines } = timeline;
    if (brokenLines > 0) this.options.log.error({ playbackName, brokenLines }, 'a timeline has broken lines');
    const broadcast = new Broadcast(timeline, this.options);
    this.ready.set(playbackName, broadcast);
    this.evict();
    return broadcast;
  }

  private evict(): void {
    const ended = [...this.ready].filter(([, broadcast]) => broadcast.timeline.ended);
    for (const [name] of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_KEPT))) this.ready.delete(name);
  }
}

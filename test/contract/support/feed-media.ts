import type {
  Feed,
  MediaPlane,
  MediaTag,
  PipelineEvents,
  BroadcastRef,
  SalvagedSession,
  SessionFacts,
  SessionPipeline,
} from '../../../src/media/contract';
import { SessionFeed } from '../../../src/media/feed';

/** A media plane of real feeds and nothing behind them: no recorder and no packager, so that memory is the front doors' own. */
export class FeedMedia implements MediaPlane {
  private readonly feeds = new Map<string, SessionFeed>();
  private readonly names = new Map<number, string>();

  admission = () => null;

  openSession(facts: SessionFacts, _broadcast: BroadcastRef | null, events: PipelineEvents): SessionPipeline {
    const feed = new SessionFeed(facts.mode);
    this.feeds.set(facts.previewName, feed);
    this.names.set(facts.streamKeyId, facts.previewName);
    return {
      write: (tag: MediaTag) => {
        feed.write(tag);
        events.onViewable();
      },
      end: async (reason) => {
        feed.end();
        this.feeds.delete(facts.previewName);
        return { sessionId: facts.sessionId, reason, durationMs: 0, bytes: 0 };
      },
    };
  }

  feed(name: string): Feed | null {
    return this.feeds.get(name) ?? null;
  }

  /** How many sessions' feeds are open. */
  get open(): number {
    return this.feeds.size;
  }

  /** Where the newest session of a key is played. */
  playNameOf(streamKeyId: number): string {
    const name = this.names.get(streamKeyId);
    if (!name) throw new Error('this key was never published');
    return name;
  }

  /** Viewers on all feeds. */
  get viewers(): number {
    return [...this.feeds.values()].reduce((sum, feed) => sum + feed.viewers, 0);
  }

  openBroadcast = (request: { goLiveAt: string }) => Promise.resolve({ goLiveAt: request.goLiveAt });
  closeBroadcast = () => Promise.resolve({ segments: 0, durationMs: 0 });
  summaryOf = () => Promise.resolve(null);
  salvage = (): Promise<SalvagedSession[]> => Promise.resolve([]);
  close = () => Promise.resolve();
}

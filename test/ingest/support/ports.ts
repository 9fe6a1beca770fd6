import type { CodedError } from '../../../src/domain/errors';
import { DEFAULT_LIVE_PROFILE } from '../../../src/domain/live-profile';
import type { OutputMode } from '../../../src/domain/output-mode';
import type { SessionEndReason } from '../../../src/domain/session-end-reason';
import type { ControlPlane, KeyResolver, ResolvedKey, Tell } from '../../../src/ingest/contract';
import type {
  BroadcastRef,
  Feed,
  MediaPlane,
  MediaTag,
  PipelineEvents,
  SalvagedSession,
  SessionFacts,
  SessionPipeline,
  SessionSummary,
  ViewerSink,
} from '../../../src/media/contract';
import type { PublishGrant, PublishRequest, StreamKeyInput } from '../../../src/workflows/messages';

/** Small implementations of the ports around ingest, in memory. Sockets, ffmpeg and disk stay real. */

export class MemoryKeys implements KeyResolver {
  readonly keys = new Map<string, ResolvedKey>();
  asked = 0;
  failure: CodedError | null = null;

  add(secret: string, over: Partial<ResolvedKey> = {}): ResolvedKey {
    const key: ResolvedKey = {
      appId: 1,
      memberId: 7,
      streamKeyId: 70 + this.keys.size,
      keyVersion: 1,
      facts: {
        ...{ state: 'INACTIVE', keyVersion: 1, epoch: 0, transitionNumber: 0 },
        ...{ session: null, room: null },
      },
      keyMode: null,
      appMode: 'RTMP',
      profile: DEFAULT_LIVE_PROFILE,
      ...over,
    };
    this.keys.set(secret, key);
    return key;
  }

  async resolve(streamKey: string): Promise<ResolvedKey | null> {
    this.asked += 1;
    if (this.failure) throw this.failure;
    return this.keys.get(streamKey) ?? null;
  }
}

type Answer = (request: PublishRequest) => Promise<PublishGrant>;

export class MemoryControlPlane implements ControlPlane {
  reachable = true;
  readonly asked: PublishRequest[] = [];
  readonly tells: Tell[] = [];
  private epoch = 0;
  answer: Answer = async () => ({ epoch: ++this.epoch, room: null });
  takeTell: (tell: Tell) => Promise<void> = async () => undefined;

  async publish(_key: StreamKeyInput, request: PublishRequest): Promise<PublishGrant> {
    this.asked.push(request);
    return this.answer(request);
  }

  async tell(tell: Tell): Promise<void> {
    await this.takeTell(tell);
    this.tells.push(tell);
  }

  isReachable(): boolean {
    return this.reachable;
  }

  /** Told ends, newest last, as `reason`. */
  get ends(): SessionEndReason[] {
    return this.tells.flatMap((tell) => (tell.kind === 'unpublish' ? [tell.message.reason] : []));
  }
}

export class MemoryPipeline implements SessionPipeline {
  readonly tags: MediaTag[] = [];
  endedWith: SessionEndReason | null = null;
  closing: Promise<void> = Promise.resolve();

  constructor(
    readonly facts: SessionFacts,
    readonly broadcast: BroadcastRef | null,
    readonly events: PipelineEvents,
    private readonly viewableAtFirstKeyFrame: boolean,
    private readonly feed: MemoryFeed,
  ) {}

  write(tag: MediaTag): void {
    this.tags.push(tag);
    this.feed.push(tag);
    if (tag.isKeyFrame && this.viewableAtFirstKeyFrame) this.events.onViewable();
  }

  async end(reason: SessionEndReason): Promise<SessionSummary> {
    this.endedWith = reason;
    await this.closing;
    this.feed.end();
    return { sessionId: this.facts.sessionId, reason, durationMs: 1_000, bytes: 1_000 };
  }

  count(kind: MediaTag['kind']): number {
    return this.tags.filter((tag) => tag.kind === kind).length;
  }
}

/** Headers and the current group of pictures first, then what comes; enough for a real player. */
export class MemoryFeed implements Feed {
  mode: OutputMode = 'RTMP';
  readonly viewers = new Set<ViewerSink>();
  private headers: MediaTag[] = [];
  private group: MediaTag[] = [];

  push(tag: MediaTag): void {
    if (tag.isSequenceHeader || tag.kind === 'script') this.headers.push(tag);
    else if (tag.isKeyFrame) this.group = [tag];
    else this.group.push(tag);
    for (const viewer of this.viewers) viewer.send(tag);
  }

  subscribe(viewer: ViewerSink): () => void {
    for (const tag of [...this.headers, ...this.group]) viewer.send(tag);
    this.viewers.add(viewer);
    return () => void this.viewers.delete(viewer);
  }

  end(): void {
    for (const viewer of [...this.viewers]) viewer.close('ended');
  }
}

export class MemoryMedia implements MediaPlane {
  full: 'DISK_FULL' | 'NODE_FULL' | null = null;
  viewableAtFirstKeyFrame = true;
  readonly pipelines: MemoryPipeline[] = [];
  readonly feeds = new Map<string, MemoryFeed>();

  admission() {
    return this.full;
  }

  openSession(facts: SessionFacts, broadcast: BroadcastRef | null, events: PipelineEvents): MemoryPipeline {
    const feed = new MemoryFeed();
    this.feeds.set(facts.previewName, feed);
    const pipeline = new MemoryPipeline(facts, broadcast, events, this.viewableAtFirstKeyFrame, feed);
    this.pipelines.push(pipeline);
    return pipeline;
  }

  feed(name: string): Feed | null {
    return this.feeds.get(name) ?? null;
  }

  get last(): MemoryPipeline {
    const pipeline = this.pipelines.at(-1);
    if (!pipeline) throw new Error('no session was opened');
    return pipeline;
  }

  openBroadcast = (request: { goLiveAt: string }) => Promise.resolve({ goLiveAt: request.goLiveAt });
  closeBroadcast = () => Promise.resolve({ segments: 0, durationMs: 0 });
  summaryOf = () => Promise.resolve(null);
  salvage = (): Promise<SalvagedSession[]> => Promise.resolve([]);
  close = () => Promise.resolve();
}

import { offersCmaf } from '../domain/output-mode';
import { CodedError } from '../domain/errors';
import type { Logger } from '../logger';
import type { Recurring } from '../recurring';
import type { StorageLayout } from '../storage/layout';
import { Broadcasts } from './broadcast/broadcasts';
import { LivePlaylists } from './broadcast/live-playlists';
import type {
  BroadcastRef,
  Feed,
  MediaPlane,
  PipelineEvents,
  SalvagedSession,
  SessionFacts,
  SessionPipeline,
  SessionSummary,
} from './contract';
import { DiskWatch } from './disk-watch';
import type { FeedOptions } from './feed';
import { Pipeline } from './session/pipeline';
import { previewSweep } from './session/preview-sweep';
import { readSessionSegments } from './session/read-segments';
import { salvageSession, sessionFiles } from './session/salvage';
import { readSessionFile, writeSessionFile } from './session/session-file';
import type { BroadcastTimeline } from './timeline/broadcast-timeline';

export interface MediaPlaneOptions {
  layout: StorageLayout;
  ffmpegPath: string;
  limits: {
    /** New publishes are refused below it. */
    minFreeDiskBytes: number;
    maxSessions: number;
  };
  log: Logger;
  /** Where DASH players ask our clock; absolute where playlists are served under another host. */
  timeUrl?: string;
  feed?: FeedOptions;
  /** How often old previews are looked for; an hour where absent. */
  previewSweepMs?: number;
  /** How much of a preview is kept; as much as a live show shows where absent. */
  previewWindowMs?: number;
}

/** The media plane and what the playback server asks of it. */
export interface LocalMediaPlane extends MediaPlane {
  /** By preview or public name; null for a name that is not ours, or whose mode has no HLS and DASH. */
  playlists(name: string): LivePlaylists | null;
  /** The preview of a session that runs here. */
  isPreview(name: string): boolean;
}

export function createMediaPlane(options: MediaPlaneOptions): LocalMediaPlane {
  return new NodeMediaPlane(options);
}

/** Answers `/time` of the playback server, beside the playlists. */
const DEFAULT_TIME_URL = '/time';

class NodeMediaPlane implements LocalMediaPlane {
  private readonly sessions = new Map<string, Pipeline>();
  private readonly previews = new Map<string, { pipeline: Pipeline; playlists: LivePlaylists | null }>();
  private readonly broadcasts: Broadcasts;
  private readonly disk: DiskWatch;
  private readonly previewSweep: Recurring;
  private readonly timeUrl: string;
  private readonly feedOptions: FeedOptions;

  constructor(private readonly options: MediaPlaneOptions) {
    const { layout, log, limits } = options;
    this.timeUrl = options.timeUrl ?? DEFAULT_TIME_URL;
    this.feedOptions = options.feed ?? {};
    this.broadcasts = new Broadcasts({ layout, log, timeUrl: this.timeUrl, feed: this.feedOptions });
    this.disk = new DiskWatch(layout.root, limits.minFreeDiskBytes, log);
    this.previewSweep = previewSweep(layout, log, options.previewSweepMs);
  }

  admission(): 'DISK_FULL' | 'NODE_FULL' | null {
    if (this.disk.isLow) return 'DISK_FULL';
    return this.sessions.size >= this.options.limits.maxSessions ? 'NODE_FULL' : null;
  }

  openSession(facts: SessionFacts, ref: BroadcastRef | null, events: PipelineEvents): SessionPipeline {
    const { layout, ffmpegPath, log, previewWindowMs } = this.options;
    const pipeline = new Pipeline({
      ...{ layout, ffmpegPath, log, facts, events, previewWindowMs, feed: this.feedOptions },
      resumes: ref && { ref, timeline: this.continued(ref, facts) },
      onEnded: (ended) => this.forget(ended),
    });
    this.sessions.set(facts.sessionId, pipeline);
    const playlists = offersCmaf(facts.mode) ? new LivePlaylists(pipeline, layout, this.timeUrl) : null;
    this.previews.set(facts.previewName, { pipeline, playlists });
    return pipeline;
  }

  feed(name: string): Feed | null {
    return this.broadcasts.find(name)?.feed ?? this.previews.get(name)?.pipeline.feed ?? null;
  }

  playlists(name: string): LivePlaylists | null {
    return this.broadcasts.find(name)?.playlists ?? this.previews.get(name)?.playlists ?? null;
  }

  isPreview(name: string): boolean {
    return this.previews.has(name);
  }

  async openBroadcast(request: {
    playbackName: string;
    sessionId: string;
    goLiveAt: string;
  }): Promise<{ goLiveAt: string }> {
    const { layout } = this.options;
    const pipeline = this.sessions.get(request.sessionId);
    const facts = pipeline?.facts ?? (await readSessionFile(layout, request.sessionId))?.facts;
    const known = await this.broadcasts.open(request, null);
    if (!known && !facts) throw new CodedError('SESSION_GONE');
    const broadcast =
      known ??
      (facts && (await this.broadcasts.open(request, { mode: facts.mode, goLiveAt: request.goLiveAt })));
    if (!broadcast) throw new CodedError('SESSION_GONE');
    if (pipeline) await broadcast.open(pipeline);
    else await this.openFromDisk(broadcast.timeline, request.sessionId);
    return { goLiveAt: broadcast.timeline.open.goLiveAt };
  }

  async closeBroadcast({ playbackName, endedAt }: { playbackName: string; endedAt: string }) {
    const broadcast = await this.broadcasts.open({ playbackName }, null);
    return broadcast ? broadcast.close(endedAt) : { segments: 0, durationMs: 0 };
  }

  async summaryOf(sessionId: string): Promise<SessionSummary | null> {
    if (this.sessions.has(sessionId)) return null;
    return (await readSessionFile(this.options.layout, sessionId))?.summary ?? null;
  }

  async salvage(): Promise<SalvagedSession[]> {
    await this.disk.start();
    await this.broadcasts.reopen();
    const salvaged: SalvagedSession[] = [];
    const { layout, log } = this.options;
    const timelineOf = async (playbackName: string): Promise<BroadcastTimeline | null> =>
      (await this.broadcasts.open({ playbackName }, null))?.timeline ?? null;
    for await (const file of sessionFiles(layout, log)) {
      if (file.summary || this.sessions.has(file.facts.sessionId)) continue;
      try {
        salvaged.push(await salvageSession(layout, file, timelineOf, log));
      } catch (error) {
        // One broken folder must not keep the node down: it stays open on disk, and the next boot tries again.
        log.error({ err: error, sessionId: file.facts.sessionId }, 'a session can not be salvaged');
      }
    }
    this.previewSweep.start();
    return salvaged;
  }

  async close(): Promise<void> {
    this.disk.stop();
    await this.previewSweep.stop();
    await Promise.all([...this.sessions.values()].map((pipeline) => pipeline.end('shutdown')));
    await this.broadcasts.letGo();
  }

  /** The timeline that a resumed session goes on with, once the session before it has written its last segment. */
  private async continued(ref: BroadcastRef, facts: SessionFacts): Promise<BroadcastTimeline> {
    const broadcast = await this.broadcasts.open(ref, { mode: facts.mode, goLiveAt: ref.goLiveAt });
    const pipeline = this.sessions.get(facts.sessionId);
    // RTMP viewers go on at once; segments only once those of the session before are all there.
    const flushed = broadcast.flushed(pipeline);
    if (pipeline) broadcast.resume(pipeline);
    await flushed;
    return broadcast.timeline;
  }

  /** The session dropped before its go-live mark was told here: what it has behind the mark is public all the same. */
  private async openFromDisk(timeline: BroadcastTimeline, sessionId: string): Promise<void> {
    const { layout } = this.options;
    for (const { part, segment } of await readSessionSegments(layout, sessionId))
      await timeline.add(part, segment);
    const file = await readSessionFile(layout, sessionId);
    if (!file || file.broadcast) return;
    const { playbackName, goLiveAt } = timeline.open;
    await writeSessionFile(layout, { ...file, broadcast: { playbackName, goLiveAt } });
  }

  private forget(pipeline: Pipeline): void {
    this.sessions.delete(pipeline.facts.sessionId);
    if (this.previews.get(pipeline.facts.previewName)?.pipeline === pipeline)
      this.previews.delete(pipeline.facts.previewName);
  }
}

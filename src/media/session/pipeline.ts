import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_LIVE_PROFILE, type LiveProfile } from '../../domain/live-profile';
import { offersRtmp } from '../../domain/output-mode';
import type { SessionEndReason } from '../../domain/session-end-reason';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import type { MediaTag, PipelineEvents, SessionFacts, SessionPipeline, SessionSummary } from '../contract';
import { SessionFeed, type FeedOptions } from '../feed';
import type { Rung } from '../ffmpeg/ladder';
import { DecodeOrder, RawRecorder } from '../flv';
import { SessionPackager } from '../packager/session-packager';
import { LIVE_WINDOW_MS, type BroadcastTimeline } from '../timeline/broadcast-timeline';
import { LiveIndex } from '../timeline/live-index';
import type { PartRecord, SegmentRecord } from '../timeline/types';
import { nextBaseMs, rungsOf } from './continuation';
import { KeyFrameWatch } from './key-frame-watch';
import { Publication } from './publication';
import { createSessionFile, writeSessionFile, type SessionFile } from './session-file';
import { ViewableWatch } from './viewable-watch';

/**
 * How much of a preview the owner can scroll back, as in a live show; and how old a go-live mark may be when it is told here: a
 * grant whose record waits for Postgres is told when that is back.
 */
const PREVIEW_WINDOW_MS = LIVE_WINDOW_MS;

export interface PipelineOptions {
  layout: StorageLayout;
  ffmpegPath: string;
  log: Logger;
  feed: FeedOptions;
  facts: SessionFacts;
  events: PipelineEvents;
  previewWindowMs: number | undefined;
  /** Of a session that resumes a broadcast: ready once the session before it is written to its end. */
  resumes: { ref: { playbackName: string; goLiveAt: string }; timeline: Promise<BroadcastTimeline> } | null;
  onEnded(pipeline: Pipeline): void;
}

/** A publisher session's recorder, feed and packager. Owns them from accept to the end. */
export class Pipeline implements SessionPipeline {
  private readonly decodeOrder = new DecodeOrder();
  private readonly keyFrames: KeyFrameWatch;
  readonly facts: SessionFacts;
  readonly feed: SessionFeed | null;
  /** The preview: its newest minutes. */
  readonly index: LiveIndex;
  /** Resolves after everything is on disk. */
  readonly ended: Promise<SessionSummary>;
  private readonly recorder: RawRecorder;
  private readonly packager: SessionPackager;
  private readonly viewable: ViewableWatch;
  private readonly file: SessionFile;
  private readonly profile: LiveProfile;
  private readonly listeners = new Set<() => void>();
  private publication: Publication | null = null;
  /** The session file on disk names the broadcast. */
  private isPublicOnDisk: boolean;
  /** Of a session that resumes: when it has its publication. */
  private resumed: Promise<unknown> = Promise.resolve();
  /** Presentation time from which segments are public, and so are kept. */
  private publicFromMs = Infinity;
  private state: 'open' | 'broken' | 'ending' = 'open';
  private ending: Promise<SessionSummary> | null = null;
  private resolveEnded: (summary: SessionSummary) => void = () => undefined;
  private firstMs: number | null = null;
  private lastMs = 0;
  private mediaBytes = 0;
  private saved: Promise<void> = Promise.resolve();

  constructor(private readonly options: PipelineOptions) {
    const { facts, layout, log, resumes, events } = options;
    this.facts = facts;
    this.profile = facts.profile ?? DEFAULT_LIVE_PROFILE;
    this.file = { facts, broadcast: resumes?.ref ?? null, summary: null };
    createSessionFile(layout, this.file);
    this.isPublicOnDisk = resumes !== null;
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.feed = offersRtmp(facts.mode) ? new SessionFeed(facts.mode, options.feed) : null;
    const { previewWindowMs = PREVIEW_WINDOW_MS } = options;
    this.index = new LiveIndex(previewWindowMs, (part, segment) => void this.forget(part, segment));
    this.keyFrames = new KeyFrameWatch((sinceKeyFrameMs) =>
      log.warn(
        { sessionId: facts.sessionId, sinceKeyFrameMs },
        'the key frames of this encoder are far apart',
      ),
    );
    this.viewable = new ViewableWatch(facts.mode, () => events.onViewable());
    this.recorder = new RawRecorder({
      path: layout.rawRecording(facts.sessionId),
      onError: (error) => this.break(`the recording can not be written: ${error.code ?? error.message}`),
    });
    if (resumes) this.resumed = resumes.timeline.then((timeline) => this.publishTo(timeline));
    this.resumed.catch((error: Error) => this.break(`the broadcast can not be continued: ${error.message}`));
    this.packager = new SessionPackager({
      ...{ layout, log, ffmpegPath: options.ffmpegPath, sessionId: facts.sessionId, mode: facts.mode },
      profile: this.profile,
      host: {
        beginPart: (startedAtMs) => this.beginPart(startedAtMs),
        onSegment: (part, segment) => this.takeSegment(part, segment),
        onBroken: (why) => this.break(why),
      },
    });
  }

  write(received: MediaTag): void {
    if (this.state === 'ending') return;
    const tag = this.decodeOrder.apply(received);
    if (tag.kind !== 'script') {
      this.firstMs ??= tag.timestampMs;
      this.lastMs = Math.max(this.lastMs, tag.timestampMs);
    }
    this.mediaBytes += tag.payload.length;
    this.recorder.write(tag);
    this.feed?.write(tag);
    this.viewable.onTag(tag);
    this.keyFrames.onTag(tag);
    this.packager.write(tag);
  }

  end(reason: SessionEndReason): Promise<SessionSummary> {
    this.ending ??= this.finish(reason);
    return this.ending;
  }

  /**
   * The broadcast goes on with this session, from the go-live mark of its timeline. Safe to repeat for the same one: resolves once
   * what there is so far is public on disk, so that a repeat after a failure does what is missing.
   */
  async goPublic(timeline: BroadcastTimeline): Promise<void> {
    if (!this.publication) this.beginPublic(timeline);
    // First, so that a crash in between leaves segments that the salvage knows where to tell.
    if (!this.isPublicOnDisk) await this.save();
    this.isPublicOnDisk = true;
    await this.publication?.flush();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private beginPublic(timeline: BroadcastTimeline): void {
    const { playbackName, goLiveAt } = timeline.open;
    const publication = this.publishTo(timeline);
    this.packager.cutAt(Date.parse(goLiveAt));
    this.file.broadcast = { playbackName, goLiveAt };
    for (const segment of this.index.segments) {
      const part = this.index.parts.find((one) => one.part === segment.part);
      if (part) publication.push(part, segment);
    }
  }

  private publishTo(timeline: BroadcastTimeline): Publication {
    this.publication ??= new Publication(
      timeline,
      ({ startMs }) => (this.publicFromMs = Math.min(this.publicFromMs, startMs)),
    );
    return this.publication;
  }

  private async finish(reason: SessionEndReason): Promise<SessionSummary> {
    this.state = 'ending';
    this.feed?.end();
    await Promise.all([this.recorder.close(), this.packager.end()]);
    const durationMs = this.firstMs === null ? 0 : Math.max(0, Math.round(this.lastMs - this.firstMs));
    const summary: SessionSummary = {
      sessionId: this.facts.sessionId,
      reason,
      durationMs,
      bytes: this.mediaBytes,
    };
    this.file.summary = summary;
    this.index.ended = true;
    try {
      await this.publication?.flush();
      await this.publication?.timeline.drop(new Date().toISOString());
      await this.save();
    } catch (error) {
      // The salvage of the next boot writes it again from what is there; the caller still learns how it ended.
      this.options.log.error(
        { err: error, sessionId: this.facts.sessionId },
        'the session file could not be written',
      );
    }
    this.tell();
    this.options.onEnded(this);
    this.resolveEnded(summary);
    return summary;
  }

  private async beginPart(startedAtMs: number): Promise<{ baseMs: number; rungs: Rung[] | null }> {
    await this.resumed;
    const index = this.publication?.timeline.index ?? this.index;
    return { baseMs: nextBaseMs(index, startedAtMs), rungs: rungsOf(index, this.profile) };
  }

  private async takeSegment(part: PartRecord, segment: SegmentRecord): Promise<void> {
    const added = this.index.add(part, segment);
    this.publication?.push(part, added.segment);
    await this.publication?.flush();
    this.tell();
    this.viewable.onSegment(part, segment);
  }

  /** A preview's segment slid out of its window: the raw recording still has it. */
  private async forget(part: PartRecord, segment: SegmentRecord): Promise<void> {
    if (segment.startMs >= this.publicFromMs || this.publication?.isWaiting(segment)) return;
    const { layout, log } = this.options;
    for (const [track, { file }] of Object.entries(segment.tracks)) {
      const path = join(layout.trackDir(part.sessionId, part.sessionPart, track), file);
      await rm(path, { force: true }).catch((error: Error) =>
        log.warn({ err: error }, 'a preview segment stays'),
      );
    }
  }

  /** One write at a time: each replaces the file whole. */
  private save(): Promise<void> {
    const saved = this.saved.then(() => writeSessionFile(this.options.layout, this.file));
    this.saved = saved.catch(() => undefined);
    return saved;
  }

  private break(why: string): void {
    if (this.state !== 'open') return;
    this.state = 'broken';
    this.options.log.error({ sessionId: this.facts.sessionId, why }, 'the pipeline broke');
    this.options.events.onBroken(why);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

import type { LiveProfile } from '../../domain/live-profile';
import { offersCmaf, type OutputMode } from '../../domain/output-mode';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import type { MediaTag } from '../contract';
import { copyPlan, transcodePlan, type FfmpegPlan } from '../ffmpeg/args';
import { ladderFor, outputFrameRate, type Rung } from '../ffmpeg/ladder';
import { MAX_FLV_PAYLOAD_BYTES, parseAvcConfig } from '../flv';
import type { PartRecord, SegmentRecord } from '../timeline/types';
import { PartInput, type PartHeaders } from './part-input';
import { PartPackager, type PartEnd } from './part-packager';
import { TracksSeen } from './tracks-seen';

/** How long a session waits for its second track before it starts with one (media or wall time). */
const GATHER_MS = 1_000;
/** Gathering ends early when this much has come: nothing waits without a bound. */
const GATHER_MAX_BYTES = 8 * 1024 * 1024;
/** design.md section 3: a dead ffmpeg is restarted up to 3 times in a minute. */
const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;
/** A track's clock that steps back, or this far ahead, is another clock: a new part begins. */
const CLOCK_BACK_MS = 1_000;
const CLOCK_AHEAD_MS = 10_000;

export interface PackagerHost {
  /** Where the next part stands in the presentation, and the rungs that it must keep (null: chosen by its source). */
  beginPart(startedAtMs: number): Promise<{ baseMs: number; rungs: Rung[] | null }>;
  onSegment(part: PartRecord, segment: SegmentRecord): Promise<void>;
  /** The packager can not go on. Told once. */
  onBroken(why: string): void;
}

export interface SessionPackagerOptions {
  layout: StorageLayout;
  ffmpegPath: string;
  log: Logger;
  sessionId: string;
  mode: OutputMode;
  profile: LiveProfile;
  host: PackagerHost;
}

/**
 * gathering: waits for the tracks there will be. running: a part takes the tags. between: the last part ended, the next one
 * begins at the next frame to start at. broken, ended: takes nothing any more.
 */
type State = 'gathering' | 'running' | 'between' | 'broken' | 'ended';

/** A session's tags into parts: one run of ffmpeg each, a new one where tracks, formats or clocks change, or ffmpeg dies. */
export class SessionPackager {
  private state: State = 'gathering';
  private readonly seen = new TracksSeen();
  private gathered: { tag: MediaTag; cameAtMs: number }[] = [];
  private gatheredBytes = 0;
  private gatherTimer: NodeJS.Timeout | null = null;
  private input: PartInput | null = null;
  /** The part that is being written; its input may have ended already. */
  private part: PartPackager | null = null;
  private parts = 0;
  private runs: Promise<void> = Promise.resolve();
  private rungs: Rung[] | null = null;
  private restartsAt: number[] = [];
  /** The running part lacks a track that has come meanwhile. */
  private lateTrackIn: PartInput | null = null;

  constructor(private readonly options: SessionPackagerOptions) {}

  /** Never throws, never blocks. */
  write(tag: MediaTag): void {
    if (tag.kind === 'script' || this.state === 'ended' || this.state === 'broken') return;
    if (tag.payload.length > MAX_FLV_PAYLOAD_BYTES) return; // FLV can not hold it, so neither recorder nor ffmpeg gets it
    const jumped = this.clockJumped(tag);
    if (jumped) this.seen.jumpTo(tag.timestampMs);
    this.seen.note(tag);
    if (this.state === 'gathering') this.gather(tag);
    else if (this.state === 'between') this.tryStart(tag);
    else this.run(tag, jumped);
  }

  /** Ends the part in order; resolves when its last segment is written. Safe twice. */
  async end(): Promise<void> {
    if (this.state === 'gathering') this.startGathered();
    if (this.state !== 'broken') this.state = 'ended';
    this.stopGathering();
    this.input?.finish();
    await this.runs;
  }

  /** A segment begins at the first key frame at or after this wall clock time (epoch ms), and is a short one. */
  cutAt(wallMs: number): void {
    this.part?.cutAt(wallMs);
  }

  private gather(tag: MediaTag): void {
    if (tag.isSequenceHeader) return;
    this.gathered.push({ tag, cameAtMs: Date.now() });
    this.gatheredBytes += tag.payload.length;
    this.gatherTimer ??= setTimeout(() => this.startGathered(), GATHER_MS);
    const firstMs = this.gathered[0]?.tag.timestampMs ?? tag.timestampMs;
    const isComplete =
      this.seen.isFlowing('video', tag.timestampMs) && this.seen.isFlowing('audio', tag.timestampMs);
    const isLate = Math.abs(tag.timestampMs - firstMs) >= GATHER_MS || this.gatheredBytes > GATHER_MAX_BYTES;
    if (isComplete || isLate) this.startGathered();
  }

  private startGathered(): void {
    const gathered = this.gathered;
    this.stopGathering();
    this.state = 'between';
    for (const { tag, cameAtMs } of gathered) {
      if (this.state === 'between') this.tryStart(tag, cameAtMs);
      else this.input?.write(tag);
    }
  }

  private stopGathering(): void {
    if (this.gatherTimer) clearTimeout(this.gatherTimer);
    this.gatherTimer = null;
    this.gathered = [];
    this.gatheredBytes = 0;
  }

  private run(tag: MediaTag, jumped: boolean): void {
    const input = this.input;
    if (!input || input.isFinished) return;
    if (jumped || this.videoChanged(tag, input)) {
      this.finishPart(input, jumped ? 'clock jumped' : 'video format changed');
      this.tryStart(tag);
    } else if (this.wantsNewPart(tag, input) && this.canStartAt(tag)) {
      this.finishPart(input, 'tracks changed');
      this.tryStart(tag);
    } else if (tag.kind === 'video' || !this.audioChanged(input)) input.write(tag);
  }

  private finishPart(input: PartInput, why: string): void {
    this.options.log.info({ sessionId: this.options.sessionId, why }, 'a new part begins');
    input.finish();
    this.input = null;
    this.state = 'between';
  }

  private videoChanged(tag: MediaTag, input: PartInput): boolean {
    if (tag.kind !== 'video' || !tag.isSequenceHeader || !input.headers.video) return false;
    return !tag.payload.equals(input.headers.video.payload);
  }

  private audioChanged(input: PartInput): boolean {
    const [now, then] = [this.seen.header('audio'), input.headers.audio];
    return now !== null && then !== null && !now.payload.equals(then.payload);
  }

  private wantsNewPart(tag: MediaTag, input: PartInput): boolean {
    const isLate = (kind: 'video' | 'audio'): boolean =>
      !input.headers[kind] && this.seen.isFlowing(kind, tag.timestampMs);
    return isLate('video') || isLate('audio') || this.lateTrackIn === input || this.audioChanged(input);
  }

  private canStartAt(tag: MediaTag): boolean {
    if (tag.isSequenceHeader) return false;
    if (tag.kind === 'video') return tag.isKeyFrame && this.seen.header('video') !== null;
    return this.seen.header('audio') !== null && !this.seen.isFlowing('video', tag.timestampMs);
  }

  private tryStart(tag: MediaTag, cameAtMs = Date.now()): void {
    if (!this.canStartAt(tag) || this.isResting()) return;
    const headers: PartHeaders = {
      video: this.seen.isFlowing('video', tag.timestampMs) ? this.seen.header('video') : null,
      audio: this.seen.isFlowing('audio', tag.timestampMs) ? this.seen.header('audio') : null,
    };
    const input = new PartInput(headers, tag, cameAtMs);
    this.input = input;
    this.state = 'running';
    input.write(tag);
    const sessionPart = this.parts++;
    this.runs = this.runs.then(() =>
      this.runPart(input, sessionPart).catch((error: Error) => this.break(error.message)),
    );
  }

  private async runPart(input: PartInput, sessionPart: number): Promise<void> {
    if (this.state === 'broken') return;
    const { host, layout, ffmpegPath, log, sessionId } = this.options;
    const begin = await host.beginPart(input.startedAtMs);
    const { plan, frameRates } = this.plan(input.headers, begin.rungs);
    const part = await PartPackager.start({
      ...{ layout, ffmpegPath, log, sessionId, sessionPart, plan, frameRates, baseMs: begin.baseMs },
      startedAt: new Date(input.startedAtMs).toISOString(),
      sessionStartMs: input.startMs,
      onSegment: (record, segment) => host.onSegment(record, segment),
      onLateTrack: () => (this.lateTrackIn = input),
    });
    this.part = part;
    input.connect(part.process);
    this.takeEnd(input, await part.ended);
  }

  private plan(
    headers: PartHeaders,
    kept: Rung[] | null,
  ): { plan: FfmpegPlan; frameRates: Record<string, number> } {
    const has = { video: headers.video !== null, audio: headers.audio !== null };
    const source = headers.video && parseAvcConfig(headers.video.payload);
    if (!offersCmaf(this.options.mode)) {
      return { plan: copyPlan(has), frameRates: source?.frameRate ? { source: source.frameRate } : {} };
    }
    if (headers.video && !source) throw new Error('the video sequence header can not be read');
    // Once chosen, rungs stay: playlists of a broadcast keep their names and inits (design.md section 7).
    if (source)
      this.rungs ??= kept ?? ladderFor(source, outputFrameRate(source.frameRate), this.options.profile);
    const rungs = source ? (this.rungs ?? []) : [];
    return {
      plan: transcodePlan(rungs, has, this.options.profile.audioKbps),
      frameRates: Object.fromEntries(rungs.map((rung) => [rung.id, rung.frameRate])),
    };
  }

  private takeEnd(input: PartInput, { exit, error }: PartEnd): void {
    const { log, sessionId } = this.options;
    if (input.dropped > 0)
      log.warn({ sessionId, dropped: input.dropped }, 'ffmpeg was too slow: tags were dropped');
    if ((error as NodeJS.ErrnoException | null)?.code === 'ENOSPC') return this.break('the disk is full');
    if (input.isFinished && !error) return;
    log.error({ sessionId, exit, err: error ?? undefined }, 'ffmpeg ended before its session');
    input.finish();
    if (this.input === input) this.input = null;
    if (this.state === 'running' && this.input === null) this.state = 'between';
    this.restartsAt = [...this.recentRestarts(), performance.now()];
    if (this.isExhausted() && offersCmaf(this.options.mode))
      this.break('ffmpeg died more than 3 times in a minute');
  }

  private recentRestarts(): number[] {
    const now = performance.now();
    return this.restartsAt.filter((at) => now - at < RESTART_WINDOW_MS);
  }

  private isExhausted(): boolean {
    return this.recentRestarts().length > MAX_RESTARTS;
  }

  /** Without CMAF nobody watches what is packaged: the show goes on (the raw recording has it), and it is tried again later. */
  private isResting(): boolean {
    return !offersCmaf(this.options.mode) && this.isExhausted();
  }

  private break(why: string): void {
    if (this.state === 'broken' || this.state === 'ended') return;
    this.state = 'broken';
    this.stopGathering();
    this.input?.finish();
    this.options.host.onBroken(why);
  }

  private clockJumped(tag: MediaTag): boolean {
    if (tag.kind === 'script' || tag.isSequenceHeader) return false;
    const lastMs = this.seen.lastMs(tag.kind);
    return (
      lastMs !== null &&
      (tag.timestampMs < lastMs - CLOCK_BACK_MS || tag.timestampMs > lastMs + CLOCK_AHEAD_MS)
    );
  }
}

import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Logger } from '../../logger';
import type { StorageLayout } from '../../storage/layout';
import { OUTPUT_OFFSET_MS, type FfmpegPlan } from '../ffmpeg/args';
import { FfmpegProcess, type FfmpegExit } from '../ffmpeg/process';
import { BoxSplitter, type Mp4Box } from '../mp4/box-splitter';
import { parseFragment, shiftDecodeTime } from '../mp4/fragment';
import { parseInit, type InitInfo } from '../mp4/init';
import type { PartRecord, SegmentFile, SegmentRecord, TimelineTrack } from '../timeline/types';
import { Cutter, type CutStep } from './cutter';
import { PartIndex, partIndexPath } from './part-index';
import { SegmentFiles } from './segment-files';

export interface PartOptions {
  layout: StorageLayout;
  ffmpegPath: string;
  log: Logger;
  sessionId: string;
  sessionPart: number;
  plan: FfmpegPlan;
  /** By track id: frames a second, where known. */
  frameRates: Record<string, number>;
  /** ISO 8601 wall clock and session clock (ms) of the first tag. */
  startedAt: string;
  sessionStartMs: number;
  /** Presentation time of the first tag, ms. */
  baseMs: number;
  /** Told in order, each after the segment is on the platter. `part` and `seq` count within the session's part. */
  onSegment(part: PartRecord, segment: SegmentRecord): Promise<void>;
  /** A track began after the part was told without it: the next part will have it. Told once. */
  onLateTrack(): void;
}

export interface PartEnd {
  exit: FfmpegExit;
  /** Why its files could not be written or understood. */
  error: Error | null;
}

interface OutputTrack {
  id: string;
  kind: 'video' | 'audio';
  splitter: BoxSplitter;
  files: SegmentFiles;
  ftyp: Buffer | null;
  moof: Buffer | null;
  init: InitInfo | null;
}

/** One run of ffmpeg: its pipes are cut into segments of all tracks together, written, indexed and told. */
export class PartPackager {
  readonly process: FfmpegProcess;
  /** After ffmpeg has ended and the last segment is written. Never rejects. */
  readonly ended: Promise<PartEnd>;
  private readonly tracks: OutputTrack[];
  private readonly cutter: Cutter;
  private readonly index: PartIndex;
  private record: PartRecord | null = null;
  private io: Promise<void> = Promise.resolve();
  private error: Error | null = null;
  private toldLateTrack = false;

  private constructor(private readonly options: PartOptions) {
    const { layout, sessionId, sessionPart, plan } = options;
    this.tracks = plan.tracks.map(({ id, kind }) => ({
      id,
      kind,
      splitter: new BoxSplitter(),
      files: new SegmentFiles(layout.trackDir(sessionId, sessionPart, id)),
      ftyp: null,
      moof: null,
      init: null,
    }));
    this.cutter = new Cutter(this.tracks.map(({ kind }) => ({ kind, timescale: 1 })));
    this.index = new PartIndex(partIndexPath(layout, sessionId, sessionPart));
    this.process = new FfmpegProcess({
      path: options.ffmpegPath,
      args: plan.args,
      outputs: plan.tracks.length,
      log: options.log,
    });
    this.ended = this.run();
  }

  static async start(options: PartOptions): Promise<PartPackager> {
    for (const { id } of options.plan.tracks) {
      await mkdir(options.layout.trackDir(options.sessionId, options.sessionPart, id), { recursive: true });
    }
    return new PartPackager(options);
  }

  /** The next segment begins at the first key frame at or after this wall clock time, epoch milliseconds. */
  cutAt(wallMs: number): void {
    const { startedAt, baseMs } = this.options;
    this.cutter.cutAt(wallMs - Date.parse(startedAt) + baseMs + OUTPUT_OFFSET_MS);
  }

  private async run(): Promise<PartEnd> {
    await Promise.all(this.process.outputs.map((output, index) => this.readTrack(output, index)));
    const exit = await this.process.closed;
    if (!this.error) this.perform(this.cutter.finish());
    await this.io;
    await Promise.all(this.tracks.map((track) => track.files.abandon()));
    await this.index.close();
    return { exit, error: this.error };
  }

  private async readTrack(output: Readable, index: number): Promise<void> {
    try {
      for await (const chunk of output) {
        if (this.error) continue; // read on, so that ffmpeg can end
        for (const box of this.track(index).splitter.push(chunk as Buffer)) this.takeBox(index, box);
        await this.io;
      }
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private takeBox(index: number, box: Mp4Box): void {
    const track = this.track(index);
    if (box.type === 'ftyp') track.ftyp = box.bytes;
    else if (box.type === 'moov') this.takeInit(index, box.bytes);
    else if (box.type === 'moof') track.moof = Buffer.from(box.bytes);
    else if (box.type === 'mdat' && track.moof && track.init) {
      const fragment = parseFragment(track.moof, box.bytes, track.init);
      shiftDecodeTime(fragment, Math.round((this.options.baseMs * track.init.timescale) / 1000));
      track.moof = null;
      this.perform(this.cutter.push(index, fragment, performance.now()));
    }
  }

  private takeInit(index: number, moov: Buffer): void {
    const track = this.track(index);
    const init = parseInit(moov);
    track.init = init;
    this.cutter.setTimescale(index, init.timescale);
    const bytes = Buffer.concat([track.ftyp ?? Buffer.alloc(0), moov]);
    this.enqueue(() => track.files.writeInit(bytes));
  }

  private perform(steps: CutStep[]): void {
    for (const step of steps) {
      if (step.type === 'append')
        this.enqueue(() => this.track(step.track).files.append(step.segment, step.fragment));
      else this.enqueue(() => this.complete(step));
    }
  }

  private async complete(step: { segment: number; startMs: number; endMs: number }): Promise<void> {
    const files = await this.finishFiles(step.segment);
    if (Object.keys(files).length === 0) return;
    const { sessionPart, onSegment } = this.options;
    if (!this.record) {
      this.record = this.describe(Object.keys(files));
      await this.index.append(this.record);
    }
    const segment: SegmentRecord = {
      type: 'segment',
      part: sessionPart,
      seq: step.segment,
      startMs: Math.round(step.startMs - OUTPUT_OFFSET_MS),
      durationMs: Math.round(step.endMs - OUTPUT_OFFSET_MS) - Math.round(step.startMs - OUTPUT_OFFSET_MS),
      tracks: files,
    };
    await this.index.append(segment);
    await onSegment(this.record, segment);
  }

  private async finishFiles(segment: number): Promise<Record<string, SegmentFile>> {
    const files: Record<string, SegmentFile> = {};
    for (const track of this.tracks) {
      const file = await track.files.finish(segment);
      if (!file) continue;
      if (!this.record || this.record.tracks.some(({ id }) => id === track.id)) files[track.id] = file;
      else this.tellLateTrack();
    }
    return files;
  }

  private tellLateTrack(): void {
    if (this.toldLateTrack) return;
    this.toldLateTrack = true;
    this.options.onLateTrack();
  }

  /** `ids`: the tracks that the first segment has. */
  private describe(ids: string[]): PartRecord {
    const { sessionId, sessionPart, startedAt, sessionStartMs, baseMs } = this.options;
    const tracks = this.tracks
      .filter(({ id }) => ids.includes(id))
      .flatMap((track) => this.describeTrack(track));
    return {
      type: 'part',
      part: sessionPart,
      sessionId,
      sessionPart,
      startedAt,
      baseMs,
      sessionStartMs,
      tracks,
    };
  }

  private describeTrack({ id, kind, init }: OutputTrack): TimelineTrack[] {
    if (!init) return [];
    const { codec, timescale, width, height, channels, sampleRate } = init;
    const frameRate = this.options.frameRates[id];
    if (kind === 'audio') return [{ id, kind, codec, timescale, channels, sampleRate }];
    return [{ id, kind, codec, timescale, width, height, ...(frameRate !== undefined && { frameRate }) }];
  }

  private enqueue(work: () => Promise<void>): void {
    this.io = this.io.then(async () => {
      if (this.error) return;
      await work().catch((error: Error) => this.fail(error));
    });
  }

  private fail(error: Error): void {
    if (this.error) return;
    this.error = error;
    this.options.log.error({ err: error, sessionId: this.options.sessionId }, 'the packager failed');
    void this.process.stop();
  }

  private track(index: number): OutputTrack {
    const track = this.tracks[index];
    if (!track) throw new Error(`the part has no track ${index}`);
    return track;
  }
}

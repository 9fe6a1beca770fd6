import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { runFfmpeg } from '../archive/ffmpeg-job';
import { OUTPUT_OFFSET_MS, vodMux } from '../ffmpeg/args';
import { LOG_FLAGS } from '../ffmpeg/stderr';
import { BoxSplitter } from '../mp4/box-splitter';
import { firstDelay, parseFragment, type Fragment } from '../mp4/fragment';
import { parseInit, type InitInfo } from '../mp4/init';
import { splitAudioFragment } from '../mp4/split-audio';
import { INIT_FILE, SegmentFiles } from '../packager/segment-files';
import type { SegmentFile } from '../timeline/types';
import { sizeOf } from './files';
import type { WorkContext } from './make-chunks';

export interface TrackRequest {
  kind: 'video' | 'audio';
  /** The MP4 that has it. */
  mp4: string;
  /** Where init and segments go; not there yet. */
  dir: string;
  segments: number;
  segmentSeconds: number;
}

export interface PackagedTrack {
  init: InitInfo;
  initBytes: number;
  /** One a segment; null where the track has nothing there. */
  segments: (SegmentFile | null)[];
}

/** Copies one track of an MP4 into CMAF segments. A failure leaves nothing. */
export async function packageTrack(context: WorkContext, request: TrackRequest): Promise<PackagedTrack> {
  await mkdir(request.dir);
  const cutter = new TrackCutter(request);
  const args = [...LOG_FLAGS];
  args.push('-progress', 'pipe:1', '-i', request.mp4, '-map', `0:${request.kind[0]}:0`, '-c', 'copy');
  args.push(...vodMux(request.kind), 'pipe:3');
  const { ffmpegPath: path, signal } = context;
  try {
    await runFfmpeg({ path, args, output: null, signal, read: (output) => cutter.read(output) });
    return await cutter.finish();
  } catch (error) {
    await cutter.abandon();
    await rm(request.dir, { recursive: true, force: true });
    throw error;
  }
}

/** Takes the fragments as they come: holds one at a time, whatever the length of the show. */
class TrackCutter {
  private readonly files: SegmentFiles;
  private readonly done: (SegmentFile | null)[] = [];
  private init: InitInfo | null = null;
  /** From decode time to what is shown: the same for each first picture. */
  private delay: number | null = null;

  constructor(private readonly request: TrackRequest) {
    this.files = new SegmentFiles(request.dir);
  }

  async read(output: AsyncIterable<Buffer>): Promise<void> {
    const splitter = new BoxSplitter();
    let ftyp: Buffer | null = null;
    let moof: Buffer | null = null;
    for await (const chunk of output) {
      for (const { type, bytes } of splitter.push(chunk)) {
        if (type === 'ftyp') ftyp = bytes;
        else if (type === 'moof') moof = bytes;
        else if (type === 'moov' && ftyp) {
          this.init = parseInit(bytes);
          await this.files.writeInit(Buffer.concat([ftyp, bytes]));
        } else if (type === 'mdat' && moof && this.init) {
          await this.take(parseFragment(moof, bytes, this.init), this.init);
          moof = null;
        }
      }
    }
  }

  async finish(): Promise<PackagedTrack> {
    while (this.done.length < this.request.segments) await this.endSegment();
    const initBytes = await sizeOf(join(this.request.dir, INIT_FILE));
    if (!this.init || initBytes === null) throw new CodedError('TRANSCODE_FAILED', 'a track has no media');
    return { init: this.init, initBytes, segments: this.done };
  }

  abandon(): Promise<void> {
    return this.files.abandon();
  }

  private async take(fragment: Fragment, init: InitInfo): Promise<void> {
    this.delay ??= firstDelay(fragment);
    let rest: Fragment | null = fragment;
    while (rest) {
      const isLast = this.done.length >= this.request.segments - 1;
      const cut = isLast ? Infinity : this.startOf(this.done.length + 1, init);
      let part: Fragment | null;
      [part, rest] = this.split(rest, cut);
      if (part) await this.files.append(this.done.length, part);
      if (rest) await this.endSegment();
    }
  }

  /** What belongs to the open segment, and what does not: sound is split, a picture's fragment is a whole segment. */
  private split(fragment: Fragment, cut: number): [Fragment | null, Fragment | null] {
    if (cut === Infinity) return [fragment, null];
    if (this.request.kind === 'audio') return splitAudioFragment(fragment, cut);
    return fragment.start + (this.delay ?? 0) < cut ? [fragment, null] : [null, fragment];
  }

  /** In the track's clock. */
  private startOf(segment: number, { timescale }: InitInfo): number {
    return Math.round((OUTPUT_OFFSET_MS / 1000 + segment * this.request.segmentSeconds) * timescale);
  }

  /** Playlists tell when it is shown, not when it is decoded. */
  private async endSegment(): Promise<void> {
    const file = await this.files.finish(this.done.length);
    this.done.push(file && { ...file, t: file.t + (this.delay ?? 0) });
  }
}

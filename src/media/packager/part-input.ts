import type { MediaTag } from '../contract';
import type { FfmpegProcess } from '../ffmpeg/process';
import { encodeTag, flvFileHeader } from '../flv';

/** What may wait for the part before to be finished (5 s at worst): 10 s of a 12 Mbit/s stream. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** Sequence headers of the tracks that a part is made of. */
export interface PartHeaders {
  video: MediaTag | null;
  audio: MediaTag | null;
}

/** One part's tags on their way to ffmpeg's stdin, as FLV that starts at 0. Bounded; a full queue drops up to a key frame. */
export class PartInput {
  readonly startMs: number;
  /** Tags that were not fed because ffmpeg was too slow. */
  dropped = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private process: FfmpegProcess | null = null;
  private state: 'open' | 'dropping' | 'finished' = 'open';

  constructor(
    readonly headers: PartHeaders,
    first: MediaTag,
    /** Wall clock of the first tag's arrival, epoch milliseconds. */
    readonly startedAtMs: number,
  ) {
    this.startMs = first.timestampMs;
    this.put(flvFileHeader({ audio: headers.audio !== null, video: headers.video !== null }));
    for (const header of [headers.video, headers.audio]) {
      if (header) this.put(encodeTag({ ...header, timestampMs: 0 }));
    }
  }

  get isFinished(): boolean {
    return this.state === 'finished';
  }

  /** Never throws, never blocks. Frames of tracks that this part doesn't have are left out. */
  write(tag: MediaTag): void {
    if (this.state === 'finished' || tag.kind === 'script' || !this.headers[tag.kind] || tag.isSequenceHeader)
      return;
    const timestampMs = tag.timestampMs - this.startMs;
    if (timestampMs < 0) return;
    const mayResume = this.headers.video === null || tag.isKeyFrame;
    if (this.state === 'dropping' && !mayResume) {
      this.dropped += 1;
      return;
    }
    this.state = this.put(encodeTag({ ...tag, timestampMs })) ? 'open' : 'dropping';
    if (this.state === 'dropping') this.dropped += 1;
  }

  /** ffmpeg is there: what waited goes first. */
  connect(process: FfmpegProcess): void {
    for (const bytes of this.waiting) process.feed(bytes);
    this.waiting = [];
    this.waitingBytes = 0;
    this.process = process;
    if (this.state === 'finished') void process.stop();
  }

  /** No tag comes any more: ffmpeg is stopped in order. Safe twice. */
  finish(): void {
    this.state = 'finished';
    void this.process?.stop();
  }

  private put(bytes: Buffer): boolean {
    if (this.process) return this.process.feed(bytes);
    if (this.waitingBytes + bytes.length > MAX_WAITING_BYTES) return false;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    return true;
  }
}

import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { MediaTag } from '../contract';
import { unwrapSetDataFrame } from './script';
import {
  encodeTag,
  FLV_TRACK_FLAGS_OFFSET,
  flvFileHeader,
  flvTrackFlags,
  MAX_FLV_PAYLOAD_BYTES,
  type FlvTracks,
} from './tag';
import { truncateToLastCompleteTag } from './truncate';

/** About 20 s of a 12 Mbit/s stream: a disk that is further behind will not catch up. */
const DEFAULT_MAX_QUEUED_BYTES = 32 * 1024 * 1024;

export interface RawRecorderOptions {
  /** Must not exist yet; its folder must. */
  path: string;
  maxQueuedBytes?: number;
  /** Told once, when the recording can not go on: ENOSPC and the like, or RECORDER_TOO_SLOW. What is on disk stays. */
  onError(error: NodeJS.ErrnoException): void;
}

/**
 * Appends one session's tags to an FLV file as they came.
 * Which tracks will come is not known at the start, so the header first names both (readers then look for either);
 * `close` corrects that byte, and `truncateToLastCompleteTag` does it for what a crash left.
 */
export class RawRecorder {
  private state: 'open' | 'failed' | 'closed' = 'open';
  private closing: Promise<void> | null = null;
  private readonly stream: WriteStream;
  private readonly streamClosed: Promise<void>;
  private readonly tracks: FlvTracks = { audio: false, video: false };
  private acceptedBytes = 0;
  private reported = false;

  constructor(private readonly options: RawRecorderOptions) {
    this.stream = createWriteStream(options.path, { flags: 'wx' });
    this.streamClosed = new Promise((resolve) => this.stream.once('close', resolve));
    this.stream.on('error', (error) => this.fail(error));
    this.push(flvFileHeader({ audio: true, video: true }));
  }

  /** Bytes taken so far, the file header included. */
  get bytes(): number {
    return this.acceptedBytes;
  }

  /** Never throws, never blocks. After an error, or `close`, tags are dropped; so are those that FLV can not hold (above 16 MB). */
  write(tag: MediaTag): void {
    if (this.state !== 'open') return;
    if (tag.payload.length > MAX_FLV_PAYLOAD_BYTES) return;
    if (this.stream.writableLength > (this.options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES)) {
      this.fail(
        Object.assign(new Error('the disk is too slow for the recording'), { code: 'RECORDER_TOO_SLOW' }),
      );
      return;
    }
    const payload = tag.kind === 'script' ? unwrapSetDataFrame(tag.payload) : tag.payload;
    if (tag.kind !== 'script') this.tracks[tag.kind] = true;
    this.push(encodeTag({ kind: tag.kind, timestampMs: tag.timestampMs, payload }));
  }

  /** Resolves when all that was taken is with the operating system. Never rejects: see `onError`. */
  async flush(): Promise<void> {
    if (this.state !== 'open') return;
    // An empty write is called back after everything before it; an error is told by the stream's own event.
    await new Promise<void>((resolve) => this.stream.write(Buffer.alloc(0), () => resolve()));
  }

  /** Ends the file: flushed, header corrected, on the platter. Safe to repeat. Never rejects: see `onError`. */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    const intact = this.state === 'open';
    this.state = 'closed';
    if (intact) this.stream.end();
    await this.streamClosed;
    try {
      // A failed write may have left half a tag behind.
      if (this.stream.errored || !intact) await truncateToLastCompleteTag(this.options.path);
      else await this.correctHeader();
    } catch (error) {
      this.report(error as NodeJS.ErrnoException);
    }
  }

  private async correctHeader(): Promise<void> {
    const file = await open(this.options.path, 'r+');
    try {
      await file.write(Buffer.from([flvTrackFlags(this.tracks)]), 0, 1, FLV_TRACK_FLAGS_OFFSET);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  private push(bytes: Buffer): void {
    this.acceptedBytes += bytes.length;
    this.stream.write(bytes);
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (this.state === 'open') this.state = 'failed';
    this.stream.destroy();
    this.report(error);
  }

  private report(error: NodeJS.ErrnoException): void {
    if (this.reported) return;
    this.reported = true;
    this.options.onError(error);
  }
}

import { open, type FileHandle } from 'node:fs/promises';
import type { MediaTag } from '../contract';
import { classifyAudioTag, classifyVideoTag } from './classify';
import {
  FLV_FILE_HEADER_BYTES,
  FLV_TAG_HEADER_BYTES,
  FLV_TAG_TRAILER_BYTES,
  tagKindOf,
  type FlvTracks,
} from './tag';

/** One read of the file: large enough that a four hour recording is not a million system calls. */
const READ_BYTES = 1024 * 1024;
/** Timestamps are 32 bits: a step back by more than half of that is a wrap. */
const WRAP_MS = 0x1_0000_0000;

/** How a file ended: cleanly, inside a tag (a crash), or in bytes that are no tag. */
export type FlvEnd = 'clean' | 'truncated' | 'corrupt';

/** A complete tag; the payload is a view that the next step overwrites. */
interface FoundTag {
  kind: MediaTag['kind'];
  timestampMs: number;
  payload: Buffer;
}

/**
 * Streams the tags of an FLV file, as far as it was long when opened. Tolerant of a torn tail: stops before it.
 * A tag's size is checked against the file's before memory is taken.
 */
export class FlvReader {
  /** Offset just behind the last complete tag so far. 0 when not even the file header is there. */
  completeBytes = 0;
  /** Null until the tags have been read to their end. */
  end: FlvEnd | null = null;
  /** Tracks that tags were seen of, whatever the file header says. */
  readonly tracks: FlvTracks = { audio: false, video: false };
  /** Timestamps of the first audio or video tag (null: none yet) and of the latest; and the payload bytes of all tags. */
  firstMs: number | null = null;
  lastMs = 0;
  payloadBytes = 0;

  private window = Buffer.alloc(0);
  private windowStart = 0;
  private lastRawMs = 0;
  private wraps = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /** Rejects with the file system's error (ENOENT). Call `close` when done. */
  static async open(path: string): Promise<FlvReader> {
    const file = await open(path, 'r');
    try {
      return new FlvReader(file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Yields each complete tag once, in file order; payloads are copies. */
  async *tags(): AsyncGenerator<MediaTag> {
    if (!(await this.readFileHeader())) return;
    for (;;) {
      const tag = await this.next();
      if (!tag) return;
      yield tag;
    }
  }

  /** Reads on to the end without keeping payloads: fills `completeBytes`, `end`, `tracks` and the sums. */
  async scan(): Promise<void> {
    if (!(await this.readFileHeader())) return;
    while (await this.advance());
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async readFileHeader(): Promise<boolean> {
    const header = await this.load(0, FLV_FILE_HEADER_BYTES);
    if (!header) this.end = 'truncated';
    else if (header.toString('latin1', 0, 3) !== 'FLV' || header.readUInt32BE(5) !== 9) this.end = 'corrupt';
    else this.completeBytes = FLV_FILE_HEADER_BYTES;
    return this.end === null;
  }

  private async next(): Promise<MediaTag | null> {
    const found = await this.advance();
    if (!found) return null;
    return toMediaTag(found.kind, found.timestampMs, Buffer.from(found.payload));
  }

  /** Steps over the next complete tag; null (and `end` is set) where there is none. */
  private async advance(): Promise<FoundTag | null> {
    const start = this.completeBytes;
    if (start === this.size) return this.stop('clean');
    const header =
      this.inWindow(start, FLV_TAG_HEADER_BYTES) ?? (await this.load(start, FLV_TAG_HEADER_BYTES));
    if (!header) return this.stop('truncated');
    const kind = tagKindOf(header[0]!);
    if (!kind) return this.stop('corrupt');
    const size = header.readUIntBE(1, 3);
    const length = FLV_TAG_HEADER_BYTES + size + FLV_TAG_TRAILER_BYTES;
    const whole = this.inWindow(start, length) ?? (await this.load(start, length));
    if (!whole) return this.stop('truncated');
    if (whole.readUInt32BE(FLV_TAG_HEADER_BYTES + size) !== FLV_TAG_HEADER_BYTES + size)
      return this.stop('corrupt');
    const timestampMs = this.unwrap(whole.readUIntBE(4, 3) + whole[7]! * 0x100_0000);
    this.completeBytes = start + whole.length;
    this.count(kind, timestampMs, size);
    return { kind, timestampMs, payload: whole.subarray(FLV_TAG_HEADER_BYTES, FLV_TAG_HEADER_BYTES + size) };
  }

  private count(kind: MediaTag['kind'], timestampMs: number, size: number): void {
    this.payloadBytes += size;
    if (kind === 'script') return;
    this.tracks[kind] = true;
    this.firstMs ??= timestampMs;
    this.lastMs = Math.max(this.lastMs, timestampMs);
  }

  private stop(end: FlvEnd): null {
    this.end = end;
    return null;
  }

  private unwrap(timestampMs: number): number {
    if (timestampMs + WRAP_MS / 2 < this.lastRawMs) this.wraps += 1;
    this.lastRawMs = timestampMs;
    return timestampMs + this.wraps * WRAP_MS;
  }

  /** A view of bytes that were read already, without a turn of the event loop: most tags are found so. */
  private inWindow(offset: number, length: number): Buffer | null {
    const from = offset - this.windowStart;
    return from >= 0 && from + length <= this.window.length
      ? this.window.subarray(from, from + length)
      : null;
  }

  /** Reads on from `offset`. The view is valid until the next load; null past the file's end, before memory is taken. */
  private async load(offset: number, length: number): Promise<Buffer | null> {
    if (offset + length > this.size) return null;
    const window = Buffer.allocUnsafe(Math.min(Math.max(READ_BYTES, length), this.size - offset));
    let filled = 0;
    while (filled < window.length) {
      const { bytesRead } = await this.file.read(window, filled, window.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.window = window.subarray(0, filled);
    this.windowStart = offset;
    return this.inWindow(offset, length);
  }
}

function toMediaTag(kind: MediaTag['kind'], timestampMs: number, payload: Buffer): MediaTag {
  const video = kind === 'video' ? classifyVideoTag(payload) : null;
  const audio = kind === 'audio' ? classifyAudioTag(payload) : null;
  return {
    kind,
    timestampMs,
    payload,
    isKeyFrame: video?.isKeyFrame ?? false,
    isSequenceHeader: (video ?? audio)?.isSequenceHeader ?? false,
  };
}

/** A single box can not be larger than this: a moof of our fragments is some kB, an mdat half a second of video. */
export const MAX_BOX_BYTES = 32 * 1024 * 1024;

export interface Mp4Box {
  type: string;
  /** The whole box, header included. */
  bytes: Buffer;
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/** Cuts a byte stream into top-level MP4 boxes. Holds at most one unfinished box; throws on a size that makes no sense. */
export class BoxSplitter {
  private chunks: Buffer[] = [];
  private buffered = 0;
  /** Bytes that the box in progress needs, its type's included; 0 while its header is not complete. */
  private needed = 0;

  constructor(private readonly maxBoxBytes = MAX_BOX_BYTES) {}

  push(chunk: Buffer): Mp4Box[] {
    const boxes: Mp4Box[] = [];
    if (chunk.length === 0) return boxes;
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    for (;;) {
      if (this.needed === 0 && !this.readHeader()) break;
      if (this.buffered < this.needed) break;
      const whole = this.joined();
      const bytes = whole.subarray(0, this.needed);
      boxes.push({ type: bytes.toString('latin1', 4, 8), bytes });
      this.keep(whole.subarray(this.needed));
      this.needed = 0;
    }
    return boxes;
  }

  /** Bytes of an unfinished box: what a killed writer leaves behind. */
  get pendingBytes(): number {
    return this.buffered;
  }

  private readHeader(): boolean {
    if (this.buffered < HEADER_BYTES) return false;
    const head = this.joined();
    let size = head.readUInt32BE(0);
    let least = HEADER_BYTES;
    if (size === 1) {
      if (head.length < LARGE_HEADER_BYTES) return false;
      const large = head.readBigUInt64BE(8);
      size = large > BigInt(this.maxBoxBytes) ? Number.MAX_SAFE_INTEGER : Number(large);
      least = LARGE_HEADER_BYTES;
    }
    if (size < least || size > this.maxBoxBytes) throw new Error(`an MP4 box has a size of ${size} bytes`);
    this.needed = size;
    return true;
  }

  private joined(): Buffer {
    const first = this.chunks[0];
    if (this.chunks.length === 1 && first) return first;
    const whole = Buffer.concat(this.chunks, this.buffered);
    this.chunks = [whole];
    return whole;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
  }
}

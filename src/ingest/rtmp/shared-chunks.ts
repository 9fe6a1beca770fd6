import type { MediaTag } from '../../media/contract';
import type { EncodeTag } from './protocol';

/** Players create one stream, so nearly all of them have this message stream id. */
const USUAL_STREAM_ID = 1;

/** Encodes a tag once for all players: fan-out costs one write a viewer and no copy. Lives as long as its tags do. */
export class SharedChunks {
  private readonly encoded = new WeakMap<MediaTag, Buffer>();

  constructor(private readonly encode: EncodeTag) {}

  of(tag: MediaTag, streamId: number): Buffer {
    if (streamId !== USUAL_STREAM_ID) return this.encode(tag, streamId);
    const known = this.encoded.get(tag);
    if (known) return known;
    const bytes = this.encode(tag, streamId);
    this.encoded.set(tag, bytes);
    return bytes;
  }
}

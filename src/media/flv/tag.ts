import type { MediaTag } from '../contract';

/** FLV file format version 10.1, annex E: sizes of the fixed parts, bytes. */
export const FLV_FILE_HEADER_BYTES = 13;
export const FLV_TAG_HEADER_BYTES = 11;
export const FLV_TAG_TRAILER_BYTES = 4;
/** The tag header has 24 bits for the payload's size. */
export const MAX_FLV_PAYLOAD_BYTES = 0xffffff;

const TAG_TYPES = { audio: 8, video: 9, script: 18 } as const;

export interface FlvTracks {
  audio: boolean;
  video: boolean;
}

/** The byte of the file header that says which tracks follow. */
export const flvTrackFlags = (tracks: FlvTracks): number => (tracks.audio ? 4 : 0) | (tracks.video ? 1 : 0);
export const FLV_TRACK_FLAGS_OFFSET = 4;

/** The 9 bytes of the file header and the empty first "previous tag size". */
export function flvFileHeader(tracks: FlvTracks): Buffer {
  const header = Buffer.alloc(FLV_FILE_HEADER_BYTES);
  header.write('FLV', 0, 'latin1');
  header[3] = 1;
  header[FLV_TRACK_FLAGS_OFFSET] = flvTrackFlags(tracks);
  header.writeUInt32BE(9, 5);
  return header;
}

/** The tag's kind of a header's type byte; null for types that FLV does not know (or encrypted ones). */
export function tagKindOf(typeByte: number): MediaTag['kind'] | null {
  if (typeByte === TAG_TYPES.audio) return 'audio';
  if (typeByte === TAG_TYPES.video) return 'video';
  return typeByte === TAG_TYPES.script ? 'script' : null;
}

/**
 * One FLV tag with its "previous tag size". Timestamps are cut to FLV's 32 bits (24 and the extension byte);
 * readers unwrap them. Throws RangeError for a payload above 16 MB, which no header could name.
 */
export function encodeTag(tag: Pick<MediaTag, 'kind' | 'timestampMs' | 'payload'>): Buffer {
  const size = tag.payload.length;
  if (size > MAX_FLV_PAYLOAD_BYTES) throw new RangeError('an FLV tag takes at most 16777215 bytes');
  const encoded = Buffer.allocUnsafe(FLV_TAG_HEADER_BYTES + size + FLV_TAG_TRAILER_BYTES);
  const timestamp = Math.max(0, Math.round(tag.timestampMs)) % 0x1_0000_0000;
  encoded[0] = TAG_TYPES[tag.kind];
  encoded.writeUIntBE(size, 1, 3);
  encoded.writeUIntBE(timestamp & 0xffffff, 4, 3);
  encoded[7] = timestamp >>> 24;
  encoded.writeUIntBE(0, 8, 3);
  tag.payload.copy(encoded, FLV_TAG_HEADER_BYTES);
  encoded.writeUInt32BE(FLV_TAG_HEADER_BYTES + size, FLV_TAG_HEADER_BYTES + size);
  return encoded;
}

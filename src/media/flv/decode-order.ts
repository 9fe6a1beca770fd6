import type { MediaTag } from '../contract';

const AVC_CODEC_ID = 7;
/** Set where the tag is of enhanced RTMP. */
const EXTENDED_FLAG = 0x80;
const CODED_PICTURE = 1;
const COMPOSITION_AT = 2;
const COMPOSITION_BYTES = 3;
/** Reordering of a few pictures at low frame rates; what claims more is no composition time. */
const MAX_SHIFT_MS = 1_000;

const isPicture = ({ kind, payload }: MediaTag): boolean =>
  kind === 'video' &&
  payload.length >= COMPOSITION_AT + COMPOSITION_BYTES &&
  (payload[0]! & (EXTENDED_FLAG | 0x0f)) === AVC_CODEC_ID &&
  payload[1] === CODED_PICTURE;

/**
 * Some encoders let the decode times of B-frames begin with the first picture shown, so that pictures would be shown before
 * they are decoded (composition times below zero). ffmpeg takes the decode times of such a stream for broken and guesses
 * others, with pictures lost on the way. Here all is shown later by as much as is needed, sound too; decode times of
 * pictures stay as they are. Nothing changes for any other stream.
 */
export class DecodeOrder {
  private shiftMs = 0;

  apply(tag: MediaTag): MediaTag {
    if (!isPicture(tag)) {
      if (this.shiftMs === 0 || tag.kind !== 'audio') return tag;
      return { ...tag, timestampMs: tag.timestampMs + this.shiftMs };
    }
    const compositionMs = tag.payload.readIntBE(COMPOSITION_AT, COMPOSITION_BYTES);
    if (compositionMs >= -MAX_SHIFT_MS) this.shiftMs = Math.max(this.shiftMs, -compositionMs);
    if (this.shiftMs === 0) return tag;
    // The buffer may be somebody else's as well.
    const payload = Buffer.from(tag.payload);
    payload.writeIntBE(Math.max(0, compositionMs + this.shiftMs), COMPOSITION_AT, COMPOSITION_BYTES);
    return { ...tag, payload };
  }
}

import type { MediaTag } from '../contract';
import { encodeTag } from '../flv';

/** Feeds give all their viewers the same tag object, so one encoding serves them all. Freed together with the tag. */
const encodings = new WeakMap<MediaTag, Buffer>();

/** The tag's FLV bytes, encoded once however many viewers ask. Do not write to the result. */
export function encodedTag(tag: MediaTag): Buffer {
  let encoded = encodings.get(tag);
  if (!encoded) {
    encoded = encodeTag(tag);
    encodings.set(tag, encoded);
  }
  return encoded;
}

import { readAmf0 } from './rtmp/amf0-reader';

const WRAPPER = '@setDataFrame';
const METADATA = 'onMetaData';
/** AMF0 string: marker and two bytes of length before the text. */
const WRAPPER_BYTES = 3 + WRAPPER.length;

/**
 * The body of an onMetaData message, without the `@setDataFrame` that publishers put before it (players look for
 * onMetaData and ignore the rest). Null for other data messages. Throws RtmpProtocolError for malformed AMF.
 */
export function readMetadata(payload: Buffer): Buffer | null {
  const values = readAmf0(payload);
  if (values[0] === METADATA) return payload;
  return values[0] === WRAPPER && values[1] === METADATA ? payload.subarray(WRAPPER_BYTES) : null;
}

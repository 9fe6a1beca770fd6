import type { RtmpMedia } from './protocol';
import { RtmpProtocolError } from './protocol-error';

const TAG_HEADER_BYTES = 11;
const BACK_POINTER_BYTES = 4;
const KINDS: Record<number, RtmpMedia['kind']> = { 8: 'audio', 9: 'video', 18: 'script' };

/**
 * Splits an aggregate message (type 22) into its media. The parts carry absolute times of their own clock; the first one
 * happens at the aggregate's timestamp. Parts of other types are left out.
 */
export function splitAggregate(payload: Buffer, timestamp: number): RtmpMedia[] {
  const parts: RtmpMedia[] = [];
  let shift: number | null = null;
  for (let at = 0; at < payload.length;) {
    if (at + TAG_HEADER_BYTES > payload.length)
      throw new RtmpProtocolError('an aggregate message ends too early');
    const kind = KINDS[payload[at]!];
    const size = payload.readUIntBE(at + 1, 3);
    const time = payload.readUIntBE(at + 4, 3) + payload[at + 7]! * 0x1000000;
    const start = at + TAG_HEADER_BYTES;
    if (start + size > payload.length) throw new RtmpProtocolError('an aggregate message ends too early');
    shift ??= timestamp - time;
    if (kind)
      parts.push({ kind, timestamp: (time + shift) >>> 0, payload: payload.subarray(start, start + size) });
    at = start + size + BACK_POINTER_BYTES;
  }
  return parts;
}

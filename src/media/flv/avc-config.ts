import { classifyVideoTag } from './classify';
import { parseSps, type SpsFacts } from './sps';

export interface AvcConfig extends SpsFacts {
  /** RFC 6381: `avc1.64001f`. */
  codec: string;
}

/** Classic: type byte, packet type, 3 bytes composition time. Enhanced: type byte, four bytes codec. Both are 5. */
const VIDEO_HEADER_BYTES = 5;
const SPS_COUNT_OFFSET = 5;

/**
 * Reads the payload of an AVC sequence header tag (classic or enhanced RTMP).
 * Null where it is none, or where its SPS makes no sense.
 */
export function parseAvcConfig(payload: Buffer): AvcConfig | null {
  const kind = classifyVideoTag(payload);
  if (kind?.codec !== 'avc' || !kind.isSequenceHeader) return null;
  return parseAvcDecoderConfiguration(payload.subarray(VIDEO_HEADER_BYTES));
}

/** Reads a bare AVCDecoderConfigurationRecord (ISO 14496-15, 5.3.3.1): the `avcC` of MP4. */
export function parseAvcDecoderConfiguration(record: Buffer): AvcConfig | null {
  if (record.length < SPS_COUNT_OFFSET + 3 || record[0] !== 1) return null;
  if ((record[SPS_COUNT_OFFSET]! & 0x1f) === 0) return null;
  const length = record.readUInt16BE(SPS_COUNT_OFFSET + 1);
  const start = SPS_COUNT_OFFSET + 3;
  if (start + length > record.length) return null;
  const sps = parseSps(record.subarray(start, start + length));
  if (!sps) return null;
  const codec = `avc1.${[sps.profile, sps.constraints, sps.level].map(hex).join('')}`;
  return { codec, ...sps };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

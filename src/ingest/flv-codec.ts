import { parseAacConfig, parseAvcConfig } from '../media/flv';
import { RtmpProtocolError } from './rtmp/protocol-error';

/** What a media message is, judged by its bits and never by what onMetaData claims. */
export type CodecFacts =
  { kind: 'header' | 'keyFrame' | 'frame' | 'nothing' } | { kind: 'unsupported'; codec: string };

const AUDIO_CODECS: Record<number, string> = {
  2: 'MP3',
  5: 'Nellymoser',
  6: 'Nellymoser',
  7: 'G.711 A-law',
  8: 'G.711 mu-law',
  11: 'Speex',
  14: 'MP3',
};
const AAC = 10;
const ENHANCED_AUDIO = 9;
const AAC_HEADER = 0;

const AVC = 7;
const VIDEO_CODECS: Record<number, string> = { 2: 'H.263', 4: 'VP6', 12: 'HEVC', 13: 'AV1' };
const ENHANCED_VIDEO_BIT = 0x80;
const KEY_FRAME = 1;
const COMMAND_FRAME = 5;
const AVC_HEADER = 0;
/** Frame and codec, packet type, composition time. */
const AVC_PREFIX_BYTES = 5;

const FOUR_CC_NAMES: Record<string, string> = {
  hvc1: 'HEVC',
  av01: 'AV1',
  vp09: 'VP9',
  vp08: 'VP8',
  avc1: 'H.264 in enhanced RTMP',
  mp4a: 'AAC in enhanced RTMP',
  Opus: 'Opus',
  fLaC: 'FLAC',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  '.mp3': 'MP3',
};

const unsupported = (codec: string): CodecFacts => ({ kind: 'unsupported', codec });
const ofFourCc = (payload: Buffer): CodecFacts =>
  unsupported(FOUR_CC_NAMES[payload.toString('latin1', 1, 5)] ?? 'an unknown codec of enhanced RTMP');

/** `payload` is not empty. Throws RtmpProtocolError for an AAC header that is none. */
export function audioFacts(payload: Buffer): CodecFacts {
  const format = payload[0]! >> 4;
  if (format === ENHANCED_AUDIO) return ofFourCc(payload);
  if (format !== AAC) return unsupported(AUDIO_CODECS[format] ?? 'PCM audio');
  // A tag of two bytes is an empty frame.
  if (payload.length <= 2) return { kind: 'nothing' };
  if (payload[1] !== AAC_HEADER) return { kind: 'frame' };
  if (!parseAacConfig(payload)) throw new RtmpProtocolError('an AAC sequence header that makes no sense');
  return { kind: 'header' };
}

/** `payload` is not empty. Throws RtmpProtocolError for an AVC header that is none. */
export function videoFacts(payload: Buffer): CodecFacts {
  const first = payload[0]!;
  if (first & ENHANCED_VIDEO_BIT) return ofFourCc(payload);
  const codec = first & 0x0f;
  const frame = first >> 4;
  if (frame === COMMAND_FRAME) return { kind: 'nothing' };
  if (codec !== AVC) return unsupported(VIDEO_CODECS[codec] ?? 'an unknown video codec');
  if (payload.length <= AVC_PREFIX_BYTES) return { kind: 'nothing' };
  if (payload[1] !== AVC_HEADER) return { kind: frame === KEY_FRAME ? 'keyFrame' : 'frame' };
  if (!parseAvcConfig(payload)) throw new RtmpProtocolError('an H.264 sequence header that makes no sense');
  return { kind: 'header' };
}

import { children, descend } from './children';

/** What a track's init segment (ftyp + moov) says. */
export interface InitInfo {
  kind: 'video' | 'audio';
  /** Units per second. */
  timescale: number;
  /** RFC 6381. */
  codec: string;
  width?: number;
  height?: number;
  channels?: number;
  sampleRate?: number;
  /** Of trex: what fragments fall back to. */
  defaultDuration: number;
  defaultSize: number;
  defaultFlags: number;
}

const VISUAL_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;
const hex2 = (value: number): string => value.toString(16).padStart(2, '0');

/** Parses a single-track `moov` box (header included). Throws with the missing box's name. */
export function parseInit(moov: Buffer): InitInfo {
  const need = (...path: string[]) => {
    const box = descend(moov, 8, moov.length, ...path);
    if (!box) throw new Error(`the init segment has no ${path.join('/')}`);
    return box;
  };
  const mdhd = need('trak', 'mdia', 'mdhd');
  const timescale = moov.readUInt32BE(mdhd.start + (moov[mdhd.start] === 1 ? 20 : 12));
  if (timescale === 0) throw new Error('the init segment has a timescale of 0');
  const trex = need('mvex', 'trex').start;
  const base = {
    timescale,
    defaultDuration: moov.readUInt32BE(trex + 12),
    defaultSize: moov.readUInt32BE(trex + 16),
    defaultFlags: moov.readUInt32BE(trex + 20),
  };
  const stsd = need('trak', 'mdia', 'minf', 'stbl', 'stsd');
  for (const entry of children(moov, stsd.start + 8, stsd.end)) {
    if (entry.type === 'avc1') return { ...base, ...parseAvc1(moov, entry.start, entry.end) };
    if (entry.type === 'mp4a') return { ...base, ...parseMp4a(moov, entry.start, entry.end) };
  }
  throw new Error('the init segment has neither avc1 nor mp4a');
}

function parseAvc1(moov: Buffer, start: number, end: number) {
  const avcC = descend(moov, start + VISUAL_ENTRY_BYTES, end, 'avcC');
  if (!avcC) throw new Error('the init segment has no avcC');
  const [profile = 0, compatibility = 0, level = 0] = moov.subarray(avcC.start + 1, avcC.start + 4);
  return {
    kind: 'video' as const,
    codec: `avc1.${hex2(profile)}${hex2(compatibility)}${hex2(level)}`,
    width: moov.readUInt16BE(start + 24),
    height: moov.readUInt16BE(start + 26),
  };
}

function parseMp4a(moov: Buffer, start: number, end: number) {
  const esds = descend(moov, start + AUDIO_ENTRY_BYTES, end, 'esds');
  return {
    kind: 'audio' as const,
    codec: `mp4a.40.${esds ? audioObjectType(moov.subarray(esds.start + 4, esds.end)) : 2}`,
    channels: moov.readUInt16BE(start + 16),
    sampleRate: moov.readUInt32BE(start + 24) >>> 16,
  };
}

const DECODER_SPECIFIC_INFO_TAG = 0x05;
const DECODER_CONFIG_TAG = 0x04;
const ES_TAG = 0x03;

/** The audio object type in the esds descriptors; 2 (AAC-LC) where they don't say. */
function audioObjectType(descriptors: Buffer): number {
  let at = 0;
  while (at + 2 < descriptors.length) {
    const tag = descriptors[at++];
    while (at < descriptors.length && (descriptors[at++] ?? 0) & 0x80);
    if (tag === ES_TAG) at += 3;
    else if (tag === DECODER_CONFIG_TAG) at += 13;
    else if (tag === DECODER_SPECIFIC_INFO_TAG) {
      const [first = 0x10, second = 0] = descriptors.subarray(at, at + 2);
      const type = first >> 3;
      return type === 31 ? 32 + (((first & 7) << 3) | (second >> 5)) : type;
    } else return 2;
  }
  return 2;
}

/** What the first bytes of an audio or video payload say, for the classic FLV codecs and for enhanced RTMP. */

export type VideoCodec = 'avc' | 'hevc' | 'av1' | 'vp9' | 'vp8' | 'other';
export type AudioCodec = 'aac' | 'mp3' | 'opus' | 'flac' | 'ac3' | 'eac3' | 'other';

interface TagClass {
  /** The classic 4-bit codec id; null for enhanced RTMP. */
  codecId: number | null;
  /** Enhanced RTMP's codec, for example `hvc1`; null for classic tags and where a multitrack tag hides it. */
  fourCc: string | null;
  isSequenceHeader: boolean;
  isEndOfSequence: boolean;
}

export interface VideoTagClass extends TagClass {
  codec: VideoCodec;
  /** A picture to start at. Never true for sequence headers, ends of sequence and commands. */
  isKeyFrame: boolean;
}

export interface AudioTagClass extends TagClass {
  codec: AudioCodec;
}

const VIDEO_BY_ID: Record<number, VideoCodec> = { 7: 'avc', 12: 'hevc' };
const VIDEO_BY_FOURCC: Record<string, VideoCodec> = {
  avc1: 'avc',
  hvc1: 'hevc',
  av01: 'av1',
  vp09: 'vp9',
  vp08: 'vp8',
};
const AUDIO_BY_ID: Record<number, AudioCodec> = { 2: 'mp3', 10: 'aac', 14: 'mp3' };
const AUDIO_BY_FOURCC: Record<string, AudioCodec> = {
  mp4a: 'aac',
  Opus: 'opus',
  fLaC: 'flac',
  '.mp3': 'mp3',
  'ac-3': 'ac3',
  'ec-3': 'eac3',
};

const EX_VIDEO_FLAG = 0x80;
const EX_AUDIO_FORMAT = 9;
const FRAME_TYPE_KEY = 1;
/** Packet types that classic AVC and enhanced RTMP share. */
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
const SEQUENCE_END = 2;
const CODED_FRAMES_X = 3;
/** Enhanced RTMP: the codec is not in the next four bytes (multitrack, modifier). */
const FIRST_TYPE_WITHOUT_FOURCC = 6;

const fourCcOf = (payload: Buffer): string => payload.toString('latin1', 1, 5);

/** Null for a payload too short to say anything. */
export function classifyVideoTag(payload: Buffer): VideoTagClass | null {
  const first = payload[0];
  if (first === undefined) return null;
  if (first & EX_VIDEO_FLAG) return classifyExVideo(payload, first);
  const codecId = first & 0x0f;
  const codec = VIDEO_BY_ID[codecId] ?? 'other';
  const isKey = first >> 4 === FRAME_TYPE_KEY;
  if (codec === 'other') {
    return {
      codec,
      codecId,
      fourCc: null,
      isKeyFrame: isKey,
      isSequenceHeader: false,
      isEndOfSequence: false,
    };
  }
  const packet = payload[1];
  if (packet === undefined) return null;
  return {
    codec,
    codecId,
    fourCc: null,
    isKeyFrame: isKey && packet === CODED_FRAMES,
    isSequenceHeader: packet === SEQUENCE_START,
    isEndOfSequence: packet === SEQUENCE_END,
  };
}

function classifyExVideo(payload: Buffer, first: number): VideoTagClass | null {
  const packet = first & 0x0f;
  const isKey = ((first >> 4) & 7) === FRAME_TYPE_KEY;
  const hasFourCc = packet < FIRST_TYPE_WITHOUT_FOURCC;
  if (hasFourCc && payload.length < 5) return null;
  const fourCc = hasFourCc ? fourCcOf(payload) : null;
  return {
    codec: (fourCc !== null && VIDEO_BY_FOURCC[fourCc]) || 'other',
    codecId: null,
    fourCc,
    isKeyFrame: isKey && (packet === CODED_FRAMES || packet === CODED_FRAMES_X),
    isSequenceHeader: packet === SEQUENCE_START,
    isEndOfSequence: packet === SEQUENCE_END,
  };
}

/** Null for a payload too short to say anything. */
export function classifyAudioTag(payload: Buffer): AudioTagClass | null {
  const first = payload[0];
  if (first === undefined) return null;
  const codecId = first >> 4;
  if (codecId === EX_AUDIO_FORMAT) return classifyExAudio(payload, first & 0x0f);
  const codec = AUDIO_BY_ID[codecId] ?? 'other';
  if (codec === 'aac' && payload.length < 2) return null;
  return {
    codec,
    codecId,
    fourCc: null,
    isSequenceHeader: codec === 'aac' && payload[1] === SEQUENCE_START,
    isEndOfSequence: false,
  };
}

/** Enhanced RTMP audio numbers its packet types like video: 0 start, 1 frames, 2 end, 4 channel layout, 5 multitrack. */
function classifyExAudio(payload: Buffer, packet: number): AudioTagClass | null {
  const hasFourCc = packet < 5;
  if (hasFourCc && payload.length < 5) return null;
  const fourCc = hasFourCc ? fourCcOf(payload) : null;
  return {
    codec: (fourCc !== null && AUDIO_BY_FOURCC[fourCc]) || 'other',
    codecId: null,
    fourCc,
    isSequenceHeader: packet === SEQUENCE_START,
    isEndOfSequence: packet === SEQUENCE_END,
  };
}

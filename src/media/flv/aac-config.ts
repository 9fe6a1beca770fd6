import { BitReader } from './bit-reader';
import { classifyAudioTag } from './classify';

export interface AacConfig {
  /** RFC 6381: `mp4a.40.2`. */
  codec: string;
  /** What comes out of the decoder: with explicit SBR, the doubled rate. */
  sampleRate: number;
  channels: number;
}

const SAMPLE_RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];
const EXPLICIT_RATE = 15;
/** Channels by channelConfiguration; 0 means that a program config element says it, 8 to 10 and 15 are reserved. */
const CHANNELS_BY_CONFIGURATION = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
const OBJECT_TYPE_SBR = 5;
const OBJECT_TYPE_PS = 29;
const OBJECT_TYPE_ESCAPE = 31;
/** Classic: 2 bytes before the config. Enhanced: 1 and the codec's four. */
const AAC_HEADER_BYTES = 2;
const EX_AUDIO_HEADER_BYTES = 5;

/** Reads the payload of an AAC sequence header tag. Null where it is none, or broken. */
export function parseAacConfig(payload: Buffer): AacConfig | null {
  const kind = classifyAudioTag(payload);
  if (kind?.codec !== 'aac' || !kind.isSequenceHeader) return null;
  return parseAudioSpecificConfig(
    payload.subarray(kind.fourCc === null ? AAC_HEADER_BYTES : EX_AUDIO_HEADER_BYTES),
  );
}

/** Reads a bare AudioSpecificConfig (ISO 14496-3, 1.6.2.1). */
export function parseAudioSpecificConfig(config: Buffer): AacConfig | null {
  try {
    return readConfig(new BitReader(config));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readConfig(r: BitReader): AacConfig | null {
  const objectType = readObjectType(r);
  let sampleRate = readSampleRate(r);
  const configuration = r.bits(4);
  if (objectType === OBJECT_TYPE_SBR || objectType === OBJECT_TYPE_PS) {
    sampleRate = readSampleRate(r);
    readObjectType(r);
  }
  const mono = CHANNELS_BY_CONFIGURATION[configuration];
  const channels = configuration === 0 ? readProgramChannels(r) : mono;
  if (!channels || !sampleRate || objectType === 0) return null;
  // Parametric stereo carries one channel and plays two.
  return {
    codec: `mp4a.40.${objectType}`,
    sampleRate,
    channels: objectType === OBJECT_TYPE_PS ? 2 : channels,
  };
}

function readObjectType(r: BitReader): number {
  const type = r.bits(5);
  return type === OBJECT_TYPE_ESCAPE ? 32 + r.bits(6) : type;
}

function readSampleRate(r: BitReader): number {
  const index = r.bits(4);
  return index === EXPLICIT_RATE ? r.bits(24) : (SAMPLE_RATES[index] ?? 0);
}

/** Counts the channels of a program_config_element, which follows the three flags of GASpecificConfig. */
function readProgramChannels(r: BitReader): number {
  r.flag(); // frameLengthFlag
  if (r.flag()) r.bits(14); // coreCoderDelay
  r.flag(); // extensionFlag
  r.bits(10); // element_instance_tag, object_type, sampling_frequency_index
  const pairs = r.bits(4) + r.bits(4) + r.bits(4); // front, side, back
  const lowFrequency = r.bits(2);
  r.bits(7); // associated data, coupling elements
  if (r.flag()) r.bits(4); // mono mixdown
  if (r.flag()) r.bits(4); // stereo mixdown
  if (r.flag()) r.bits(3); // matrix mixdown
  let channels = lowFrequency;
  for (let i = 0; i < pairs; i += 1) {
    channels += r.flag() ? 2 : 1;
    r.bits(4);
  }
  return channels;
}

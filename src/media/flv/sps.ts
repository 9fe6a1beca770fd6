import { BitReader } from './bit-reader';

/** What an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1) says about the picture. */
export interface SpsFacts {
  profile: number;
  /** The constraint_set flags as one byte, as RFC 6381 prints it. */
  constraints: number;
  /** level_idc: 31 is level 3.1. */
  level: number;
  /** After cropping: what a player shows (before the sample aspect ratio). */
  width: number;
  height: number;
  /** From the VUI's timing, where it is there and the rate is fixed or plausible; else null. */
  frameRate: number | null;
}

/** Profiles whose SPS has the chroma and scaling list fields. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const SPS_NAL_TYPE = 7;
const EXTENDED_SAR = 255;
/** Level 6.2 ends at 16384 a side; what says more is broken or hostile. */
const MAX_SIDE_PIXELS = 16_384;
/** H.264 allows 255 reference frames in the order count's cycle. */
const MAX_POC_CYCLE = 255;
const MAX_FRAME_RATE = 300;

/** Parses an SPS NAL unit (with its NAL header). Null for anything that is no sane SPS. */
export function parseSps(nal: Buffer): SpsFacts | null {
  if (nal.length < 4 || (nal[0]! & 0x1f) !== SPS_NAL_TYPE) return null;
  try {
    return readSps(new BitReader(unescape(nal.subarray(1))));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Takes out the emulation prevention bytes: 00 00 03 -> 00 00. */
function unescape(escaped: Buffer): Buffer {
  const plain = Buffer.alloc(escaped.length);
  let length = 0;
  let zeros = 0;
  for (const byte of escaped) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain[length] = byte;
    length += 1;
  }
  return plain.subarray(0, length);
}

function readSps(r: BitReader): SpsFacts | null {
  const profile = r.bits(8);
  const constraints = r.bits(8);
  const level = r.bits(8);
  r.ue(); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.has(profile) ? readChroma(r) : { format: 1, separatePlanes: false };
  r.ue(); // log2_max_frame_num_minus4
  skipPictureOrder(r);
  r.ue(); // max_num_ref_frames
  r.flag(); // gaps_in_frame_num_value_allowed_flag
  const codedWidth = (r.ue() + 1) * 16;
  const heightUnits = r.ue() + 1;
  const framesOnly = r.flag();
  if (!framesOnly) r.flag(); // mb_adaptive_frame_field_flag
  const codedHeight = heightUnits * 16 * (framesOnly ? 1 : 2);
  r.flag(); // direct_8x8_inference_flag
  const crop = readCropping(r, chroma, framesOnly);
  const width = codedWidth - crop.x;
  const height = codedHeight - crop.y;
  if (!(width > 0 && height > 0 && width <= MAX_SIDE_PIXELS && height <= MAX_SIDE_PIXELS)) return null;
  return { profile, constraints, level, width, height, frameRate: readFrameRate(r) };
}

interface Chroma {
  /** 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  format: number;
  separatePlanes: boolean;
}

function readChroma(r: BitReader): Chroma {
  const format = r.ue();
  if (format > 3) throw new RangeError('an unknown chroma format');
  const separatePlanes = format === 3 && r.flag();
  r.ue(); // bit_depth_luma_minus8
  r.ue(); // bit_depth_chroma_minus8
  r.flag(); // qpprime_y_zero_transform_bypass_flag
  if (r.flag()) {
    const lists = format === 3 ? 12 : 8;
    for (let i = 0; i < lists; i += 1) if (r.flag()) skipScalingList(r, i < 6 ? 16 : 64);
  }
  return { format, separatePlanes };
}

function skipScalingList(r: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i += 1) {
    if (next !== 0) next = (last + r.se() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

function skipPictureOrder(r: BitReader): void {
  const type = r.ue();
  if (type === 0) {
    r.ue(); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    r.flag(); // delta_pic_order_always_zero_flag
    r.se(); // offset_for_non_ref_pic
    r.se(); // offset_for_top_to_bottom_field
    const cycle = r.ue();
    if (cycle > MAX_POC_CYCLE) throw new RangeError('too many reference frames in the cycle');
    for (let i = 0; i < cycle; i += 1) r.se();
  }
}

/** Pixels cut off in total, both sides. Cropping counts in chroma samples, and in field lines where interlaced. */
function readCropping(r: BitReader, chroma: Chroma, framesOnly: boolean): { x: number; y: number } {
  if (!r.flag()) return { x: 0, y: 0 };
  const [left, right, top, bottom] = [r.ue(), r.ue(), r.ue(), r.ue()] as const;
  const array = chroma.separatePlanes ? 0 : chroma.format;
  const unitX = array === 1 || array === 2 ? 2 : 1;
  const unitY = (array === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  return { x: (left + right) * unitX, y: (top + bottom) * unitY };
}

/** The VUI as far as its timing. A cut-off VUI costs the rate only: the size is known already. */
function readFrameRate(r: BitReader): number | null {
  try {
    if (!r.flag()) return null; // vui_parameters_present_flag
    if (r.flag() && r.bits(8) === EXTENDED_SAR) r.bits(32);
    if (r.flag()) r.flag(); // overscan
    if (r.flag()) {
      r.bits(4); // video_format, video_full_range_flag
      if (r.flag()) r.bits(24); // colour description
    }
    if (r.flag()) {
      r.ue();
      r.ue(); // chroma sample locations
    }
    if (!r.flag()) return null; // timing_info_present_flag
    const unitsInTick = r.bits(32);
    const timeScale = r.bits(32);
    const rate = timeScale / (2 * unitsInTick);
    return rate > 0 && rate <= MAX_FRAME_RATE ? Math.round(rate * 1000) / 1000 : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

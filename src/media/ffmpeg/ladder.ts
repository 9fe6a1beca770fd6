import { LIVE_LADDER } from '../../domain/live-ladder';

/** One encoded quality. Even sizes: 4:2:0 needs them. */
export interface Rung {
  /** `v720`: the short side. Names the track. */
  id: string;
  width: number;
  height: number;
  /** Constant: keeps key frames and inits of all sessions of a broadcast the same. */
  frameRate: number;
  bitrateKbps: number;
}

/** Above this the CPU does not keep up with several channels (research/packaging.md section 1). */
export const MAX_FRAME_RATE = 30;
const DEFAULT_FRAME_RATE = 30;
/** Bit rate grows slower than the pixel count; this exponent gives the ladder's own two points. */
const KBPS_AT_720 = LIVE_LADDER[0].kbps;
const PIXELS_AT_720 = 1280 * 720;
const BITRATE_EXPONENT = 0.92;
const LEAST_KBPS = 100;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/** What the encoder says of its frame rate, made whole and capped; the default where it says nonsense. */
export function outputFrameRate(announced: number | null): number {
  if (announced === null || !(announced >= 5)) return DEFAULT_FRAME_RATE;
  return Math.min(MAX_FRAME_RATE, Math.round(announced));
}

/**
 * Rungs for a source of that size, largest first: the ladder's rungs not above the source, with the source's own size as the
 * top rung where it lies between two of them. Never upscaled; portrait keeps its shape.
 */
export function ladderFor(source: { width: number; height: number }, frameRate: number): Rung[] {
  const sides = LIVE_LADDER.map((rung) => rung.shortSide);
  return rungSizes(source, sides).map(({ id, width, height }) => ({
    id,
    width,
    height,
    frameRate,
    bitrateKbps: bitrateOf(width, height),
  }));
}

/** Names and sizes of the rungs, by the same rule for any list of short sides (largest first). */
export function rungSizes(
  source: { width: number; height: number },
  shortSides: readonly number[],
): { id: string; width: number; height: number }[] {
  const short = Math.min(source.width, source.height);
  const below = shortSides.filter((side) => side <= short);
  const sides = short < Math.max(...shortSides) && !below.includes(short) ? [short, ...below] : below;
  return sides.map((side) => {
    const scale = side / short;
    return { id: `v${even(side)}`, width: even(source.width * scale), height: even(source.height * scale) };
  });
}

/** The ladder's bit rate for its own rungs, and one in between for any other size. */
export function bitrateOf(width: number, height: number): number {
  const known = LIVE_LADDER.find((rung) => rung.shortSide === Math.min(width, height));
  const kbps = known?.kbps ?? KBPS_AT_720 * ((width * height) / PIXELS_AT_720) ** BITRATE_EXPONENT;
  return Math.max(LEAST_KBPS, Math.round(kbps));
}

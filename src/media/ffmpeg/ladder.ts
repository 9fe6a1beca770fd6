import {
  DEFAULT_LIVE_PROFILE,
  shortSideOf,
  type LivePicture,
  type LiveProfile,
} from '../../domain/live-profile';

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
/** Bit rate grows slower than the pixel count; this exponent gives the default ladder's own two points. */
const BITRATE_EXPONENT = 0.953;
const LEAST_KBPS = 100;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/** What the encoder says of its frame rate, made whole and capped; the default where it says nonsense. */
export function outputFrameRate(announced: number | null): number {
  if (announced === null || !(announced >= 5)) return DEFAULT_FRAME_RATE;
  return Math.min(MAX_FRAME_RATE, Math.round(announced));
}

interface Size {
  width: number;
  height: number;
}
interface RungSize extends Size {
  id: string;
}

/**
 * Rungs for a source of that size, largest first: the profile's pictures that don't enlarge the source, with the source's own size
 * as the top rung where it lies between two of them.
 */
export function ladderFor(
  source: Size,
  frameRate: number,
  profile: LiveProfile = DEFAULT_LIVE_PROFILE,
): Rung[] {
  const sizes =
    profile.shape === 'fixed'
      ? fixedSizes(source, profile.pictures)
      : rungSizes(source, profile.pictures.map(shortSideOf));
  return sizes.map(({ id, width, height }) => ({
    id,
    width,
    height,
    frameRate,
    bitrateKbps: bitrateOf(width, height, profile),
  }));
}

/** The profile's own pictures; the smallest one that would enlarge the source shrinks until it does not. */
function fixedSizes(source: Size, pictures: readonly LivePicture[]): RungSize[] {
  const scaleIn = ({ width, height }: Size) => Math.min(width / source.width, height / source.height);
  const fitting: Size[] = pictures.filter((picture) => scaleIn(picture) <= 1);
  const tooLarge = pictures.findLast((picture) => scaleIn(picture) > 1);
  const isFilled = fitting[0] !== undefined && scaleIn(fitting[0]) === 1;
  if (tooLarge && !isFilled) {
    const scale = scaleIn(tooLarge);
    fitting.unshift({ width: tooLarge.width / scale, height: tooLarge.height / scale });
  }
  return fitting.map(({ width, height }) => ({
    id: `v${even(shortSideOf({ width, height }))}`,
    width: even(width),
    height: even(height),
  }));
}

/** Names and sizes of the rungs, by the same rule for any list of short sides (largest first). */
export function rungSizes(source: Size, shortSides: readonly number[]): RungSize[] {
  const short = Math.min(source.width, source.height);
  const below = shortSides.filter((side) => side <= short);
  const sides = short < Math.max(...shortSides) && !below.includes(short) ? [short, ...below] : below;
  return sides.map((side) => {
    const scale = side / short;
    return { id: `v${even(side)}`, width: even(source.width * scale), height: even(source.height * scale) };
  });
}

/** The profile's bit rate for its own pictures, and one in between for any other size. */
export function bitrateOf(
  width: number,
  height: number,
  profile: LiveProfile = DEFAULT_LIVE_PROFILE,
): number {
  const { pictures } = profile;
  const known = pictures.find((picture) => shortSideOf(picture) === Math.min(width, height));
  if (known) return known.kbps;
  const top = pictures[0] ?? DEFAULT_LIVE_PROFILE.pictures[0]!;
  const share = (width * height) / (top.width * top.height);
  return Math.max(LEAST_KBPS, Math.round(top.kbps * share ** BITRATE_EXPONENT));
}

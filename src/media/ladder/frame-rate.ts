/** An exact rate: pictures `num` in `den` seconds. */
export interface FrameRate {
  num: number;
  den: number;
}

/** Below it a source says nonsense, or shows slides; the live ladder's rule. */
const LEAST_FRAME_RATE = 5;
const DEFAULT_FRAME_RATE: FrameRate = { num: 30, den: 1 };
/** A measured rate differs from the true one by rounding: 60 fps may be told as 60.02. */
const OVER_THE_MOST = 1.01;
/** FLV's clock rounds to milliseconds, so a short source's mean is a bit off. Nearer to 29.97 than to 30: half of 0.03. */
const NTSC_WITHIN = 0.015;
const NTSC: FrameRate[] = [
  { num: 24_000, den: 1001 },
  { num: 30_000, den: 1001 },
];

/** The constant rate of all renditions: the source's, an even part of it where it is above `most`. */
export function ladderFrameRate(announced: string | undefined, most: number): FrameRate {
  const [num = 0, den = 1] = (announced ?? '').split('/').map(Number);
  const source = den > 0 ? num / den : 0;
  if (!(source >= LEAST_FRAME_RATE)) return DEFAULT_FRAME_RATE;
  const rate = source / Math.ceil(source / (most * OVER_THE_MOST));
  const ntsc = NTSC.find((one) => Math.abs(fps(one) - rate) < NTSC_WITHIN);
  return ntsc ?? { num: Math.max(1, Math.round(rate)), den: 1 };
}

export const fps = ({ num, den }: FrameRate): number => num / den;
/** As ffmpeg takes it. */
export const rateText = ({ num, den }: FrameRate): string => (den === 1 ? String(num) : `${num}/${den}`);
export const framesToSeconds = (frames: number, { num, den }: FrameRate): number => (frames * den) / num;

/** Track clock in which every frame is a whole number of ticks. */
export function frameClock({ num, den }: FrameRate): { timescale: number; ticksPerFrame: number } {
  const fine = num >= FINE_TIMESCALE ? 1 : 1000;
  return { timescale: num * fine, ticksPerFrame: den * fine };
}

/** Finer than a millisecond: players round with it. */
const FINE_TIMESCALE = 10_000;

/** What `profile` of types THUMBNAIL and PREVIEW holds. FlipFlop publishes neither, so these are ours. */

export const THUMBNAIL_FORMATS = ['JPEG', 'PNG'] as const;

export interface ThumbnailProfile {
  format: (typeof THUMBNAIL_FORMATS)[number];
  /** Pixels; a smaller picture is not enlarged. */
  longSide: number;
  /** Of the whole length, where the picture is taken. The system's is a tenth: shows rarely begin with their best one. */
  atFraction: number;
}

export interface PreviewProfile {
  format: 'MP4';
  longSide: number;
  /** Where it begins; earlier where the rest is too short for it. */
  atFraction: number;
  seconds: number;
  frameRate: number;
}

const SIDE_PIXELS = { least: 64, most: 1_920 };
/** Of the end there may be no picture: sound often lasts longer. */
const MAX_FRACTION = 0.9;
const SECONDS = { least: 1, most: 60 };
const FRAME_RATE = { least: 1, most: 60 };

const isWhole = (value: number, { least, most }: { least: number; most: number }): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** Null where all of it can be done; else what can't, for people. Types were checked before. */
export function thumbnailProfileProblem({
  longSide,
  atFraction,
}: Omit<ThumbnailProfile, 'format'>): string | null {
  if (!isWhole(longSide, SIDE_PIXELS) || longSide % 2 !== 0)
    return `longSide takes an even number from ${SIDE_PIXELS.least} to ${SIDE_PIXELS.most}`;
  if (!(atFraction >= 0 && atFraction <= MAX_FRACTION)) return `atFraction takes 0 to ${MAX_FRACTION}`;
  return null;
}

/** The same of a preview. */
export function previewProfileProblem(content: PreviewProfile): string | null {
  if (!isWhole(content.seconds, SECONDS))
    return `seconds takes a whole number from ${SECONDS.least} to ${SECONDS.most}`;
  if (!isWhole(content.frameRate, FRAME_RATE))
    return `frameRate takes a whole number from ${FRAME_RATE.least} to ${FRAME_RATE.most}`;
  return thumbnailProfileProblem(content);
}

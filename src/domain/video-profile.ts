/** How a finished broadcast is encoded for watching later: FlipFlop's transcoding profile of type VIDEO. */
export interface VideoProfile {
  id: number;
  name: string;
  /** Short sides of the renditions, pixels, largest first. A source is never made larger than it is. */
  shortSides: readonly number[];
  /** Faster sources are thinned to an even part of their rate. */
  maxFrameRate: number;
  /** Key frames come this far apart, rounded to whole frames; each begins a segment. */
  segmentSeconds: number;
  /** MP4s alone; absent: they and HLS and DASH beside them. */
  format?: 'MP4';
}

/** The system profile (name and id as FlipFlop shows its default one). */
export const DEFAULT_VIDEO_PROFILE: VideoProfile = {
  id: 6,
  name: 'CMAF for 16:9 (9:16)',
  shortSides: [720, 360],
  maxFrameRate: 30,
  segmentSeconds: 4,
};

/** What is named beside the video renditions. */
export const AUDIO_RENDITION = 'audio';

/** One finished rendition of a video post, as it is kept and shown. */
export interface PostRendition {
  /** `720p`, or `audio`. */
  name: string;
  /** Pixels; null for sound alone. */
  width: number | null;
  height: number | null;
  /** Of its MP4, and of its segments (none of MP4s alone). */
  mp4Bytes: number;
  segmentBytes: number;
}

/** Was it made by a profile of MP4s alone? Then it is no HLS and no DASH. */
export const isMoviesOnly = (renditions: readonly PostRendition[]): boolean =>
  renditions.length > 0 && renditions.every(({ segmentBytes }) => segmentBytes === 0);

/** Those that are a movie of their own: sound beside a picture is a track of HLS and DASH. Best first. */
export function moviesOf(renditions: readonly PostRendition[]): readonly PostRendition[] {
  const pictures = renditions.filter(({ height }) => height !== null);
  return pictures.length > 0 ? pictures : renditions;
}

/** The most that a rendition may take in the long run, by its size: 3000 kbit/s at 720p, 900 at 360p (research/packaging.md 4). */
export function maxKbpsOf({ width, height }: { width: number; height: number }): number {
  const share = (width * height) / PIXELS_AT_720;
  return Math.max(LEAST_KBPS, Math.round(KBPS_AT_720 * share ** KBPS_EXPONENT));
}

const KBPS_AT_720 = 3_000;
const PIXELS_AT_720 = 1280 * 720;
/** A quarter of the pixels takes 0.3 of the rate. */
const KBPS_EXPONENT = Math.log(900 / 3_000) / Math.log(1 / 4);
const LEAST_KBPS = 100;

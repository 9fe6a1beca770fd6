/** The system's profiles of types THUMBNAIL and PREVIEW. FlipFlop publishes neither, so these are ours; their rows name them. */

export const THUMBNAIL_PROFILE = {
  id: 2,
  name: 'JPEG thumbnail',
  /** Pixels: sharp on a phone, some 100 kB. */
  longSide: 1280,
  /** A tenth of the way in: shows rarely begin with their best picture. */
  atFraction: 0.1,
  /** ffmpeg's scale for JPEG, 2 (best) to 31. */
  quality: 4,
} as const;

export const PREVIEW_PROFILE = {
  id: 3,
  name: 'Silent preview of 6 s',
  longSide: 640,
  atFraction: 0.1,
  seconds: 6,
  frameRate: 15,
  crf: 28,
} as const;

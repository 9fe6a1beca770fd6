/** The qualities that live streams are encoded in, by short side, largest first: bit rates for 30 fps (research/packaging.md). */
export const LIVE_LADDER = [
  { shortSide: 720, kbps: 2500 },
  { shortSide: 360, kbps: 700 },
] as const;

export const LIVE_AUDIO_KBPS = 96;

/** Segments of a live stream are about this long. */
export const LIVE_SEGMENT_SECONDS = 2;

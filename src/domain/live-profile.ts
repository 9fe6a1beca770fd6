/** How a key's sessions are encoded for CMAF: FlipFlop's transcoding profile of type BROADCAST_RTMP, as media needs it. */
export interface LiveProfile {
  /**
   * `fixed`: every source is fitted into the profile's pictures, with bars where its shape is another one.
   * `source`: nobody chose, so the pictures have the source's shape, and only their short sides are the profile's.
   */
  shape: 'fixed' | 'source';
  /** Largest first, all of one shape. A source is never made larger than it is. */
  pictures: readonly LivePicture[];
  audioKbps: number;
}

export interface LivePicture {
  /** Pixels. */
  width: number;
  height: number;
  kbps: number;
}

/** The system's default (id 7; of a portrait source: 4), for keys that nobody chose a profile for. */
export const DEFAULT_LIVE_PROFILE: LiveProfile = {
  shape: 'source',
  pictures: [
    { width: 1280, height: 720, kbps: 3_000 },
    { width: 640, height: 360, kbps: 800 },
  ],
  audioKbps: 128,
};

/** Segments of a live stream are about this long. Target durations, update periods and delays of all playlists rest on it. */
export const LIVE_SEGMENT_SECONDS = 2;

export const shortSideOf = ({ width, height }: Pick<LivePicture, 'width' | 'height'>): number =>
  Math.min(width, height);

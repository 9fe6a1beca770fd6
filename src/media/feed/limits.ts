/** Bounds of what a viewer may hold of the process's memory, and how long a feed waits. */
export interface FeedLimits {
  gopMaxTags: number;
  gopMaxBytes: number;
  skipAboveBytes: number;
  closeAboveBytes: number;
  slowViewerMaxMs: number;
  idleViewersMs: number;
}

export const DEFAULT_FEED_LIMITS: FeedLimits = {
  /** 30 s at 60 pictures and 47 audio frames a second, rounded up: longer GOPs are not worth a burst at joining. */
  gopMaxTags: 4096,
  /** Below the skip mark, or a viewer would be called slow for what joining alone queued. 2 s at 28 Mbit/s. */
  gopMaxBytes: 7 * 1024 * 1024,
  /** A healthy socket holds well below 1 MB; 8 MB is 13 s behind at 5 Mbit/s (research/node-media-server.md, 6). */
  skipAboveBytes: 8 * 1024 * 1024,
  closeAboveBytes: 16 * 1024 * 1024,
  /** Half a minute of key frames only is no watching any more. */
  slowViewerMaxMs: 30_000,
  /** design.md section 7: viewers stay over a drop, 15 minutes at most. */
  idleViewersMs: 15 * 60_000,
};

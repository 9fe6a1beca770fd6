import type { MediaTag } from '../contract';

/**
 * Guides of players and platforms ask for 2 s. Far beyond it a viewer of RTMP mode waits for a picture, and a show in it
 * begins late: it starts at a key frame. x264 left to itself makes one in 8.3 s (250 pictures at 30 a second).
 */
export const FAR_APART_MS = 5_000;

/** Measures, in media time, how far apart a session's key frames are. Tells once when they are too far. */
export class KeyFrameWatch {
  private lastMs: number | null = null;
  private isTold = false;

  /** `onFar` gets the time since the last key frame; it may well become longer. */
  constructor(private readonly onFar: (sinceMs: number) => void) {}

  onTag(tag: MediaTag): void {
    if (this.isTold || tag.kind !== 'video' || tag.isSequenceHeader) return;
    if (tag.isKeyFrame) this.lastMs = tag.timestampMs;
    if (this.lastMs === null || tag.timestampMs - this.lastMs <= FAR_APART_MS) return;
    this.isTold = true;
    this.onFar(tag.timestampMs - this.lastMs);
  }
}

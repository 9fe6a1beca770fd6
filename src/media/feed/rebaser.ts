import type { MediaTag } from '../contract';

/** Between the last frame of one session and the first of the next: one picture at 25 a second. */
const RESUME_STEP_MS = 40;
/** Audio and video of one encoder are interleaved within less than this; a larger step back is a clock set back. */
const MAX_STEP_BACK_MS = 2000;
/** A silent encoder is cut after 10 s (design.md section 6), so a longer step forward is a clock that jumped. */
const MAX_STEP_FORWARD_MS = 10_000;

/**
 * Puts the clocks of one session after the other onto one that goes on. One offset for audio and video together,
 * or they would drift apart with every resume. Gaps are closed: a player's buffer must not have holes.
 */
export class Rebaser {
  private lastMs = -RESUME_STEP_MS;
  private offsetMs = 0;
  private startMs = 0;

  /** The next session starts with the tag at `startMs` of its own clock. */
  start(startMs: number): void {
    this.startMs = startMs;
    this.offsetMs = this.lastMs + RESUME_STEP_MS - startMs;
  }

  /** The tag on the common clock; null for one that lies before the session's start. */
  rebase(tag: MediaTag): MediaTag | null {
    // Many encoders stamp headers and script data with 0, whatever the time: they say nothing about the clock.
    if (tag.kind === 'script' || tag.isSequenceHeader)
      return { ...tag, timestampMs: Math.max(0, this.lastMs) };
    this.followJump(tag.timestampMs);
    if (tag.timestampMs < this.startMs) return null;
    const timestampMs = tag.timestampMs + this.offsetMs;
    this.lastMs = Math.max(this.lastMs, timestampMs);
    return { ...tag, timestampMs };
  }

  private followJump(timestampMs: number): void {
    const step = this.offsetMs + timestampMs - this.lastMs;
    if (step < -MAX_STEP_BACK_MS || step > MAX_STEP_FORWARD_MS) this.start(timestampMs);
  }
}

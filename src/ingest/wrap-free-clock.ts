const UINT24 = 0x100_0000;
/** How near to its end a 24-bit clock must be, and to zero after it, for a jump to count as its wrap. */
const WRAP_WINDOW_MS = 60_000;

/**
 * Makes RTMP's 32-bit milliseconds (they wrap after 49.7 days) one rising number, for audio and video together.
 * Encoders without extended timestamps wrap at 24 bits (4.7 hours); that is recognised too. Never negative.
 */
export class WrapFreeClock {
  private last: number | null = null;
  private lastRaw = 0;
  private largestRaw = 0;

  /** Where the clock stands; 0 before the first media. */
  get nowMs(): number {
    return this.last ?? 0;
  }

  extend(raw: number): number {
    if (this.last === null) this.last = raw;
    else this.last = Math.max(0, this.last + this.step(raw));
    this.lastRaw = raw;
    this.largestRaw = Math.max(this.largestRaw, raw);
    return this.last;
  }

  private step(raw: number): number {
    // Signed 32-bit difference: forward over the wrap, and a little back where audio and video interleave.
    const step = (raw - this.lastRaw) | 0;
    const wraps24 =
      this.largestRaw < UINT24 && this.lastRaw > UINT24 - WRAP_WINDOW_MS && raw < WRAP_WINDOW_MS;
    if (wraps24) return step + UINT24;
    const late24 = this.largestRaw < UINT24 && raw > UINT24 - WRAP_WINDOW_MS && this.lastRaw < WRAP_WINDOW_MS;
    // A late packet from before a 24-bit wrap, not a jump by 4.7 hours; only after there was such a wrap.
    if (late24 && this.last !== null && this.last >= UINT24) return step - UINT24;
    return step;
  }
}

import type { MediaTag } from '../contract';

/** design.md section 2, "viewable": a session without video for 2 s counts as audio only. */
const AUDIO_ONLY_AFTER_MS = 2000;

/**
 * Says at which tags a viewer may start: key frames, or, while no picture has come for 2 s of the session's clock, any
 * audio frame. So neither a microphone alone nor a camera that was switched off keeps viewers waiting.
 */
export class VideoPresence {
  private lastVideoMs: number | null = null;

  isStart(tag: MediaTag): boolean {
    if (tag.kind === 'script' || tag.isSequenceHeader) return false;
    this.lastVideoMs ??= tag.timestampMs;
    if (tag.kind === 'video') {
      this.lastVideoMs = tag.timestampMs;
      return tag.isKeyFrame;
    }
    // An encoder whose clock was set back counts from there.
    if (tag.timestampMs < this.lastVideoMs - AUDIO_ONLY_AFTER_MS) this.lastVideoMs = tag.timestampMs;
    return tag.timestampMs - this.lastVideoMs >= AUDIO_ONLY_AFTER_MS;
  }
}

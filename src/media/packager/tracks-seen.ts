import type { MediaTag } from '../contract';

/** A track without a frame for this long (media time) is not part of the next run: others don't wait for it. */
const RECENT_MS = 3_000;

interface Seen {
  header: MediaTag | null;
  /** Timestamp of the newest frame; a video track counts from its first key frame. */
  lastMs: number | null;
}

/** What the encoder has sent so far of each track: sequence headers, and when its last frame came. */
export class TracksSeen {
  private readonly video: Seen = { header: null, lastMs: null };
  private readonly audio: Seen = { header: null, lastMs: null };

  note(tag: MediaTag): void {
    if (tag.kind === 'script') return;
    const track = this[tag.kind];
    if (tag.isSequenceHeader) track.header = tag;
    else if (tag.kind === 'audio' || tag.isKeyFrame || track.lastMs !== null) track.lastMs = tag.timestampMs;
  }

  header(kind: 'video' | 'audio'): MediaTag | null {
    return this[kind].header;
  }

  /** The clock jumped: tracks that were flowing are taken to go on at the new time. */
  jumpTo(atMs: number): void {
    const newestMs = Math.max(...[this.video, this.audio].map(({ lastMs }) => lastMs ?? -Infinity));
    for (const track of [this.video, this.audio]) {
      if (track.lastMs !== null && newestMs - track.lastMs <= RECENT_MS) track.lastMs = atMs;
    }
  }

  /** Header and frames are there, and frames still came around `atMs`. */
  isFlowing(kind: 'video' | 'audio', atMs: number): boolean {
    const { header, lastMs } = this[kind];
    return header !== null && lastMs !== null && Math.abs(atMs - lastMs) <= RECENT_MS;
  }

  lastMs(kind: 'video' | 'audio'): number | null {
    return this[kind].lastMs;
  }
}

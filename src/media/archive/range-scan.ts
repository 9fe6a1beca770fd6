import type { MediaTag } from '../contract';
import type { LiveRange } from './live-ranges';

/** A key frame this little before the cut still belongs to it: FLV's clock and the packager's differ by rounding. */
const KEY_FRAME_TOLERANCE_MS = 100;
/** Frames this little behind the start may still be of the part before, where a new sequence header follows them. */
const HEADER_TOLERANCE_MS = 500;
/** Frames of one track that step back more: the session's clock was set back. Less is jitter. */
const CLOCK_BACK_MS = 500;
/** Where a track has one frame only, or the gap at its end is odd: a frame at 25 fps. */
const DEFAULT_FRAME_MS = 40;

/** Where a picture starts: at or after the range's start (nothing private is shown), or before it (to be trimmed). */
export type KeyFrameChoice = 'after' | 'before';

/** One track's frames within a live range. */
export interface TrackCut {
  fromMs: number;
  /** Just behind the last frame. */
  endMs: number;
  /** The first and the last of them, counted over all tags of the file. */
  firstTag: number;
  lastTag: number;
  /** The payload of the sequence header in force; the track ends where another one comes: that is the next part's. */
  header: Buffer | null;
  bytes: number;
}

type Outcome = TrackCut | 'clock went back' | null;

/** Follows one kind of media through the range. */
class TrackScan {
  private state: 'before' | 'within' | 'over' | 'clock went back' = 'before';
  private header: Buffer | null = null;
  private latestHeader: Buffer | null = null;
  private firstTag = 0;
  private lastTag = 0;
  private fromMs = 0;
  private lastMs = 0;
  private frames = 0;
  private bytes = 0;

  constructor(private readonly startMs: number) {}

  /** Null where the cut has not begun. */
  get beganMs(): number | null {
    return this.state === 'before' ? null : this.fromMs;
  }

  takeHeader(payload: Buffer): void {
    this.latestHeader = payload;
    if (this.state !== 'within') return;
    this.header ??= payload;
    if (this.header.equals(payload)) return;
    // What was taken so far can not be decoded with what follows: one of them is another part's.
    this.state = this.lastMs <= this.startMs + HEADER_TOLERANCE_MS ? 'before' : 'over';
  }

  /** The cut begins with the frame that is taken next. */
  start(timestampMs: number, at: number): void {
    if (this.goesBack(timestampMs)) this.state = 'clock went back';
    // The range's times come twice: nothing says which of them were live.
    if (this.state === 'clock went back' && this.lastMs >= this.startMs - KEY_FRAME_TOLERANCE_MS) return;
    this.state = 'within';
    this.fromMs = this.lastMs = timestampMs;
    this.firstTag = at;
    this.header = this.latestHeader;
    this.frames = 0;
    this.bytes = 0;
  }

  takeFrame(tag: MediaTag, at: number): void {
    if (this.state === 'before' || this.state === 'clock went back') return;
    if (this.goesBack(tag.timestampMs)) this.state = 'clock went back';
    if (this.state !== 'within') return;
    this.lastMs = tag.timestampMs;
    this.lastTag = at;
    this.frames += 1;
    this.bytes += tag.payload.length;
  }

  private goesBack(timestampMs: number): boolean {
    return this.state !== 'before' && timestampMs < this.lastMs - CLOCK_BACK_MS;
  }

  result(): Outcome {
    if (this.state === 'clock went back') return this.state;
    if (this.state === 'before' || this.frames === 0) return null;
    const mean = this.frames > 1 ? (this.lastMs - this.fromMs) / (this.frames - 1) : DEFAULT_FRAME_MS;
    const endMs = this.lastMs + (mean > 0 ? mean : DEFAULT_FRAME_MS);
    const { fromMs, firstTag, lastTag, header, bytes } = this;
    return { fromMs, endMs, firstTag, lastTag, header, bytes };
  }
}

/** Finds, tag by tag in file order, what of a raw recording is a live range's. */
export class RangeScan {
  private readonly video: TrackScan;
  private readonly audio: TrackScan;

  constructor(
    private readonly range: LiveRange,
    private readonly choice: KeyFrameChoice,
  ) {
    this.video = new TrackScan(range.startMs);
    this.audio = new TrackScan(range.startMs);
  }

  /** `at`: which tag of the file it is. */
  take(tag: MediaTag, at: number): void {
    if (tag.kind === 'script') return;
    const track = this[tag.kind];
    if (tag.isSequenceHeader) return track.takeHeader(tag.payload);
    if (tag.timestampMs >= this.range.endMs) return;
    if (this.startsAt(tag)) track.start(tag.timestampMs, at);
    track.takeFrame(tag, at);
  }

  result(): Record<'video' | 'audio', Outcome> {
    return { video: this.video.result(), audio: this.audio.result() };
  }

  private startsAt(tag: MediaTag): boolean {
    const { startMs } = this.range;
    if (tag.kind === 'audio') return this.audio.beganMs === null && tag.timestampMs >= startMs;
    if (!tag.isKeyFrame) return false;
    const early = startMs - KEY_FRAME_TOLERANCE_MS;
    // With 'before', each key frame up to the start takes the place of the earlier one.
    if (tag.timestampMs < early) return this.choice === 'before';
    const { beganMs } = this.video;
    if (beganMs === null) return true;
    // The start's own key frame: what comes before it may be of another part, with another header.
    return beganMs < early && tag.timestampMs <= startMs + KEY_FRAME_TOLERANCE_MS;
  }
}

import type { MediaTag } from '../contract';
import { encodeTag, FlvReader } from '../flv';
import type { LiveRange } from './live-ranges';

/** A key frame this little before the cut still belongs to it: FLV's clock and the packager's differ by rounding. */
const KEY_FRAME_TOLERANCE_MS = 100;
/** Audio and video of a recording interleave closely; a tag this far behind the cut's end means that all of it was seen. */
const INTERLEAVE_MS = 10_000;
/** Where a track has one frame only, or the gap at its end is odd: a frame at 25 fps. */
const DEFAULT_FRAME_MS = 40;

/** Where a picture starts: at or after the range's start (nothing private is shown), or before it (to be trimmed). */
export type KeyFrameChoice = 'after' | 'before';

/** What a scan of the raw recording found within a live range. */
export interface RawCut {
  range: LiveRange;
  path: string;
  /** First timestamps to be taken, by kind; null where the range has no such tag. */
  videoFromMs: number | null;
  audioFromMs: number | null;
  /** Just behind the last frame. */
  endMs: number;
  /** The payloads of the sequence headers in force, null where there is none. */
  videoHeader: Buffer | null;
  audioHeader: Buffer | null;
  /** False where a sequence header changes within the range: then it can not be copied into one MP4 track. */
  uniform: boolean;
  /** Payload bytes within the cut: what progress counts. */
  bytes: number;
}

export const cutStartMs = (cut: RawCut): number =>
  Math.min(cut.videoFromMs ?? Infinity, cut.audioFromMs ?? Infinity);

/**
 * Scans a raw recording for a live range. Null where nothing of the range is in it.
 * Rejects with the file system's error (ENOENT where there is no recording).
 */
export async function scanRaw(
  path: string,
  range: LiveRange,
  choice: KeyFrameChoice,
): Promise<RawCut | null> {
  const scan = new RangeScan(range, choice);
  const reader = await FlvReader.open(path);
  try {
    for await (const tag of reader.tags()) {
      if (tag.timestampMs > range.endMs + INTERLEAVE_MS) break;
      scan.take(tag);
    }
  } finally {
    await reader.close();
  }
  return scan.result(path);
}

/** The cut's media as FLV tags, its first one at `baseMs`. Sequence headers are not among them: see `headerTags`. */
export async function* cutTags(cut: RawCut, baseMs: number): AsyncGenerator<Buffer> {
  const shift = baseMs - cutStartMs(cut);
  const reader = await FlvReader.open(cut.path);
  try {
    for await (const tag of reader.tags()) {
      if (tag.timestampMs > cut.range.endMs + INTERLEAVE_MS) break;
      if (!isWithin(cut, tag)) continue;
      yield encodeTag({ kind: tag.kind, payload: tag.payload, timestampMs: tag.timestampMs + shift });
    }
  } finally {
    await reader.close();
  }
}

export function headerTags(video: Buffer | null, audio: Buffer | null): Buffer[] {
  const headers: Buffer[] = [];
  if (video) headers.push(encodeTag({ kind: 'video', timestampMs: 0, payload: video }));
  if (audio) headers.push(encodeTag({ kind: 'audio', timestampMs: 0, payload: audio }));
  return headers;
}

function isWithin(cut: RawCut, tag: MediaTag): boolean {
  if (tag.kind === 'script') return false;
  const fromMs = tag.kind === 'video' ? cut.videoFromMs : cut.audioFromMs;
  if (fromMs === null || tag.timestampMs < fromMs || tag.timestampMs >= cut.range.endMs) return false;
  if (!tag.isSequenceHeader) return true;
  // Another header within the cut is kept: the decoder needs it (such a cut is re-encoded).
  const inForce = tag.kind === 'video' ? cut.videoHeader : cut.audioHeader;
  return inForce === null || !inForce.equals(tag.payload);
}

/** Follows one kind of media through the range. */
class TrackScan {
  /** In force where the cut begins. */
  header: Buffer | null = null;
  headerChanged = false;
  fromMs: number | null = null;
  bytes = 0;
  private latestHeader: Buffer | null = null;
  private lastMs = 0;
  private frames = 0;

  takeHeader(payload: Buffer): void {
    this.latestHeader = payload;
    if (this.fromMs === null) return;
    if (this.header && !this.header.equals(payload)) this.headerChanged = true;
    this.header ??= payload;
  }

  /** The cut begins with the frame that is taken next. */
  start(timestampMs: number): void {
    this.fromMs = timestampMs;
    this.header = this.latestHeader;
    this.headerChanged = false;
    this.frames = 0;
    this.bytes = 0;
  }

  takeFrame(tag: MediaTag): void {
    this.lastMs = tag.timestampMs;
    this.frames += 1;
    this.bytes += tag.payload.length;
  }

  get endMs(): number {
    if (this.fromMs === null || this.frames === 0) return -Infinity;
    const mean = this.frames > 1 ? (this.lastMs - this.fromMs) / (this.frames - 1) : DEFAULT_FRAME_MS;
    return this.lastMs + (mean > 0 ? mean : DEFAULT_FRAME_MS);
  }
}

class RangeScan {
  private readonly video = new TrackScan();
  private readonly audio = new TrackScan();

  constructor(
    private readonly range: LiveRange,
    private readonly choice: KeyFrameChoice,
  ) {}

  take(tag: MediaTag): void {
    if (tag.kind === 'script' || tag.timestampMs >= this.range.endMs) return;
    const track = this[tag.kind];
    if (tag.isSequenceHeader) return track.takeHeader(tag.payload);
    if (this.startsAt(tag)) track.start(tag.timestampMs);
    if (track.fromMs !== null) track.takeFrame(tag);
  }

  private startsAt(tag: MediaTag): boolean {
    if (tag.kind === 'audio') return this.audio.fromMs === null && tag.timestampMs >= this.range.startMs;
    if (!tag.isKeyFrame) return false;
    // With 'before', each key frame up to the start takes the place of the earlier one.
    if (tag.timestampMs < this.range.startMs - KEY_FRAME_TOLERANCE_MS) return this.choice === 'before';
    return this.video.fromMs === null;
  }

  result(path: string): RawCut | null {
    const { video, audio } = this;
    if (video.fromMs === null && audio.fromMs === null) return null;
    return {
      range: this.range,
      path,
      videoFromMs: video.fromMs,
      audioFromMs: audio.fromMs,
      endMs: Math.max(video.endMs, audio.endMs),
      videoHeader: video.header,
      audioHeader: audio.header,
      uniform: !video.headerChanged && !audio.headerChanged,
      bytes: video.bytes + audio.bytes,
    };
  }
}

import type { PartRecord, SegmentFile, SegmentRecord, TimelineTrack } from './types';

/** The sizes that segments were measured with, of one track. */
export interface TrackRate {
  /** Bits per second: the largest of a segment. */
  peak: number;
  bytes: number;
  seconds: number;
}

/** What playlists are rendered from: a window of a broadcast's (or a preview's) segments. */
export interface LiveView {
  parts: PartRecord[];
  segments: SegmentRecord[];
  ended: boolean;
  /** Epoch milliseconds of presentation time 0. */
  zeroAtMs: number;
  /** By track id, over all segments so far. */
  rates: ReadonlyMap<string, TrackRate>;
  /** Seconds: the longest segment ever, whole. Never falls, as HLS wants it. */
  targetSeconds: number;
}

/** Records as a presentation counts them. */
export interface NumberedSegment {
  /** Null where the segment belongs to the newest part. */
  newPart: PartRecord | null;
  segment: SegmentRecord;
}

const MIN_TARGET_SECONDS = 2;
const BITS_PER_BYTE = 8;

/**
 * The newest segments of a presentation, and what is known of all of them. Parts are numbered when their first segment comes,
 * so that each numbered part is one discontinuity. Slides by time; memory stays small however long the show.
 */
export class LiveIndex {
  /** All of them, so that files of a part that slid out of the window are still found by a player that lags. */
  readonly parts: PartRecord[] = [];
  readonly segments: SegmentRecord[] = [];
  readonly rates = new Map<string, TrackRate>();
  /** By `<part>/<track>`: the first file of it that belongs to this presentation. What lies before it was never shown here. */
  private readonly firstFiles = new Map<string, string>();
  ended = false;
  private targetSeconds = MIN_TARGET_SECONDS;
  private partCount = 0;
  private segmentCount = 0;
  private zero: number | null = null;
  private endOfLastMs = 0;
  private totalMs = 0;

  /** `windowMs` of segments are kept; what falls out is told. */
  constructor(
    private readonly windowMs: number,
    private readonly onSlid: (part: PartRecord, segment: SegmentRecord) => void = () => undefined,
  ) {}

  /** Numbers a segment without taking it. `part` is new or the newest one. */
  number(part: PartRecord, segment: SegmentRecord): NumberedSegment {
    const newest = this.parts[this.parts.length - 1];
    const isNew = !newest || newest.sessionId !== part.sessionId || newest.sessionPart !== part.sessionPart;
    const newPart = isNew ? { ...part, part: this.partCount } : null;
    const { part: number } = newPart ?? newest ?? part;
    return { newPart, segment: { ...segment, part: number, seq: this.segmentCount } };
  }

  /** Takes what was numbered last. */
  take({ newPart, segment }: NumberedSegment): void {
    if (newPart) this.takePart(newPart);
    this.takeSegment(segment);
    this.slide();
  }

  /** Numbers and takes a segment in one go. */
  add(part: PartRecord, segment: SegmentRecord): NumberedSegment {
    const numbered = this.number(part, segment);
    this.take(numbered);
    return numbered;
  }

  /** Takes records that are numbered already: a timeline read back. */
  restore(parts: PartRecord[], segments: SegmentRecord[]): void {
    for (const part of parts) this.takePart(part);
    for (const segment of segments) this.takeSegment(segment);
    this.slide();
  }

  get size(): number {
    return this.segmentCount;
  }

  /** Presentation time where the newest segment ends; 0 before the first. */
  get endMs(): number {
    return this.endOfLastMs;
  }

  /** Sum of all segments: what was live, pauses left out. */
  get durationMs(): number {
    return this.totalMs;
  }

  /** Epoch milliseconds of presentation time 0; null before the first part. */
  get zeroAtMs(): number | null {
    return this.zero;
  }

  /** Whether a file of a part's track is, or was, one of this presentation: names are numbered, so order tells. */
  owns(part: number, track: string, file: string): boolean {
    const first = this.firstFiles.get(`${part}/${track}`);
    return (
      first !== undefined && (file.length > first.length || (file.length === first.length && file >= first))
    );
  }

  view(): LiveView | null {
    if (this.zero === null || this.segments.length === 0) return null;
    const { segments, ended, rates, targetSeconds } = this;
    const parts = this.parts.filter((part) => part.part >= (segments[0]?.part ?? 0));
    return { parts, segments: [...segments], ended, zeroAtMs: this.zero, rates, targetSeconds };
  }

  private takePart(part: PartRecord): void {
    this.parts.push(part);
    this.partCount = part.part + 1;
    this.zero ??= Date.parse(part.startedAt) - part.baseMs;
  }

  private takeSegment(segment: SegmentRecord): void {
    this.segments.push(segment);
    this.segmentCount = segment.seq + 1;
    this.endOfLastMs = Math.max(this.endOfLastMs, segment.startMs + segment.durationMs);
    this.totalMs += segment.durationMs;
    this.targetSeconds = Math.max(this.targetSeconds, Math.round(segment.durationMs / 1000));
    for (const [track, { file }] of Object.entries(segment.tracks)) {
      const key = `${segment.part}/${track}`;
      if (!this.firstFiles.has(key)) this.firstFiles.set(key, file);
    }
    for (const track of this.partOf(segment)?.tracks ?? []) {
      const file = segment.tracks[track.id];
      if (file) this.measure(track, file);
    }
  }

  private measure(track: TimelineTrack, file: SegmentFile): void {
    const seconds = file.d / track.timescale;
    if (!(seconds > 0)) return;
    const rate = this.rates.get(track.id) ?? { peak: 0, bytes: 0, seconds: 0 };
    rate.peak = Math.max(rate.peak, (file.bytes * BITS_PER_BYTE) / seconds);
    rate.bytes += file.bytes;
    rate.seconds += seconds;
    this.rates.set(track.id, rate);
  }

  private slide(): void {
    const keepFromMs = this.endOfLastMs - this.windowMs;
    const kept = this.segments.findIndex((segment) => segment.startMs + segment.durationMs > keepFromMs);
    for (const segment of this.segments.splice(0, Math.max(0, kept))) {
      const part = this.partOf(segment);
      if (part) this.onSlid(part, segment);
    }
  }

  private partOf(segment: SegmentRecord): PartRecord | undefined {
    return this.parts.findLast((part) => part.part === segment.part);
  }
}

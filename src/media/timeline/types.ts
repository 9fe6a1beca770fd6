import type { OutputMode } from '../../domain/output-mode';

/**
 * The broadcast timeline's index (design.md section 7): one JSON object a line, appended, never rewritten.
 * Presentation time is milliseconds since the start of the session that went live first, and follows the wall clock over gaps
 * (so the first public segment's is above 0). A segment's decode time is its presentation time plus 10 s, in all parts.
 */
export type TimelineRecord = OpenRecord | PartRecord | SegmentRecord | DropRecord | EndRecord;

export interface OpenRecord {
  type: 'open';
  version: 1;
  playbackName: string;
  mode: OutputMode;
  /** ISO 8601. The go-live mark: the first public segment starts at or after it. */
  goLiveAt: string;
}

export interface TimelineTrack {
  /** `v720`, `v360`, `source` (copied video), `audio`. Names a folder below the part's. */
  id: string;
  kind: 'video' | 'audio';
  /** RFC 6381, for example avc1.64001f or mp4a.40.2. */
  codec: string;
  width?: number;
  height?: number;
  frameRate?: number;
  channels?: number;
  sampleRate?: number;
  /** Units per second of `t` and `d` below. */
  timescale: number;
}

/** One run of a packager's ffmpeg within one session: one set of init segments. Between parts lies a discontinuity. */
export interface PartRecord {
  type: 'part';
  /** 0, 1, 2, ... within the broadcast. */
  part: number;
  sessionId: string;
  /** Which part of its session; with the session id it names the folder. */
  sessionPart: number;
  /** ISO 8601 wall clock of the part's first media. */
  startedAt: string;
  /** Presentation time of the part's first media, milliseconds. */
  baseMs: number;
  /** The same instant on the session's own clock (FLV timestamps), milliseconds. */
  sessionStartMs: number;
  tracks: TimelineTrack[];
}

export interface SegmentFile {
  /** Name below the track's folder. */
  file: string;
  /** tfdt in the file, and duration, in the track's timescale. */
  t: number;
  d: number;
  bytes: number;
}

/** One aligned segment of all tracks of its part. A track that had nothing is absent. */
export interface SegmentRecord {
  type: 'segment';
  part: number;
  /** The media sequence number: 0, 1, 2, ... over all parts. */
  seq: number;
  startMs: number;
  durationMs: number;
  tracks: Record<string, SegmentFile>;
}

export interface DropRecord {
  type: 'drop';
  at: string;
}

export interface EndRecord {
  type: 'end';
  endedAt: string;
}

/** A timeline as read back: what playlists, the VOD and the archive are rendered from. */
export interface TimelineIndex {
  open: OpenRecord;
  parts: PartRecord[];
  segments: SegmentRecord[];
  end: EndRecord | null;
  /** Lines before the last that could not be read, and segments whose part is among them: left out. Absent: none. */
  brokenLines?: number;
}

import type { PartRecord, SegmentRecord, TimelineIndex, TimelineTrack } from '../timeline/types';
import { planVod } from '../vod/plan';

/** What was live of one session's recording, on that session's own clock (FLV timestamps), milliseconds. */
export interface LiveRange {
  part: PartRecord;
  segments: SegmentRecord[];
  startMs: number;
  endMs: number;
  /** What the live segments of the part had. */
  video: boolean;
  audio: boolean;
  /** How long each was, by the segments that have it. */
  videoMs: number;
  audioMs: number;
}

/** One range a part of the timeline, in broadcast order; parts without segments have none. */
export function liveRanges(index: TimelineIndex): LiveRange[] {
  return planVod(index).parts.map(({ record: part, segments }) => {
    const toSession = part.sessionStartMs - part.baseMs;
    const first = segments[0]!;
    const last = segments[segments.length - 1]!;
    const has = (kind: 'video' | 'audio') =>
      part.tracks.some(
        (track) => track.kind === kind && segments.some((segment) => segment.tracks[track.id]),
      );
    const lengthMs = (kind: 'video' | 'audio') =>
      Math.max(0, ...part.tracks.filter((track) => track.kind === kind).map((it) => trackMs(it, segments)));
    return {
      part,
      segments,
      startMs: first.startMs + toSession,
      endMs: last.startMs + last.durationMs + toSession,
      video: has('video'),
      audio: has('audio'),
      videoMs: lengthMs('video'),
      audioMs: lengthMs('audio'),
    };
  });
}

function trackMs({ id, timescale }: TimelineTrack, segments: SegmentRecord[]): number {
  return segments.reduce((sum, { tracks }) => sum + ((tracks[id]?.d ?? 0) / timescale) * 1000, 0);
}

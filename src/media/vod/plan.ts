import type { PartRecord, SegmentRecord, TimelineIndex, TimelineTrack } from '../timeline/types';
import { partFolder } from './names';

/** What playlists say of a part; a part of the timeline has all of it. */
export interface PresentedPart {
  part: number;
  tracks: TimelineTrack[];
  /** ISO 8601 wall clock of its first media; null where one does not go through: pauses were cut out. */
  startedAt: string | null;
  /** Presentation time of that media, milliseconds. */
  baseMs: number;
}

/** A run of segments that plays without a break: one set of init segments. Pauses between parts are left out. */
export interface VodPart<R extends PresentedPart = PresentedPart> {
  record: R;
  /** Where its tracks' folders are, from the playlists: empty, or with a slash at the end. */
  folder: string;
  segments: SegmentRecord[];
  /** Where the part begins in the VOD, and how long it is, in seconds. */
  startSeconds: number;
  durationSeconds: number;
  /** The decode time (tfdt, in seconds) in its files that is the part's beginning. */
  originSeconds: number;
}

/** One playlist over all parts. */
export interface VodRendition {
  id: string;
  kind: 'video' | 'audio';
  /** What stands for this rendition in each part; null where the part has nothing of its kind. */
  tracks: (TimelineTrack | null)[];
}

export interface VodPlan<R extends PresentedPart = PresentedPart> {
  parts: VodPart<R>[];
  /** Best first. */
  video: VodRendition[];
  audio: VodRendition[];
  /** Where the media playlists are, from the master: empty, or with a slash at the end. */
  playlists: string;
}

/**
 * What a finished broadcast's VOD consists of, from the timeline's index alone.
 * Parts without a segment are left out; a broadcast without any has a plan without parts.
 */
export function planVod(index: TimelineIndex): VodPlan<PartRecord> {
  const byPart = new Map<number, SegmentRecord[]>();
  for (const segment of index.segments) {
    const list = byPart.get(segment.part);
    if (list) list.push(segment);
    else byPart.set(segment.part, [segment]);
  }
  const parts: VodPart<PartRecord>[] = [];
  let startSeconds = 0;
  for (const record of index.parts) {
    const segments = byPart.get(record.part);
    if (!segments) continue;
    const { originSeconds, durationSeconds } = extentOf(record, segments);
    const folder = partFolder(record.part);
    parts.push({ record, folder, segments, startSeconds, durationSeconds, originSeconds });
    startSeconds += durationSeconds;
  }
  return { parts, video: renditionsOf(parts, 'video'), audio: renditionsOf(parts, 'audio'), playlists: '' };
}

/** Milliseconds that were live: all segments, no pauses. */
export function liveDurationMs(index: TimelineIndex): number {
  return Math.round(index.segments.reduce((sum, segment) => sum + segment.durationMs, 0));
}

/**
 * Where a part's segments begin in its files, and how long they are.
 * Video leads where there is any: its segment boundaries are the aligned ones, audio's lie a frame around them.
 */
export function extentOf(
  record: PresentedPart,
  segments: SegmentRecord[],
): { originSeconds: number; durationSeconds: number } {
  const leaders = [...record.tracks].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'video' ? -1 : 1));
  for (const track of leaders) {
    const first = segments[0]?.tracks[track.id];
    const last = segments[segments.length - 1]?.tracks[track.id];
    if (!first || !last) continue;
    const originSeconds = first.t / track.timescale;
    return { originSeconds, durationSeconds: (last.t + last.d) / track.timescale - originSeconds };
  }
  return extentOfMixed(record, segments);
}

/** No track reaches from the first to the last segment (audio came late, or went early). */
function extentOfMixed(record: PresentedPart, segments: SegmentRecord[]) {
  const first = segments[0];
  const track = record.tracks.find((candidate) => first?.tracks[candidate.id]);
  const file = track && first?.tracks[track.id];
  const durationMs = segments.reduce((sum, segment) => sum + segment.durationMs, 0);
  return { originSeconds: track && file ? file.t / track.timescale : 0, durationSeconds: durationMs / 1000 };
}

/** One rendition a track, best first; each covers every part. */
export function renditionsOf(parts: VodPart[], kind: 'video' | 'audio'): VodRendition[] {
  const models = new Map<string, TimelineTrack>();
  for (const part of parts) {
    for (const track of part.record.tracks) {
      if (track.kind === kind && !models.has(track.id) && part.segments.some((s) => s.tracks[track.id])) {
        models.set(track.id, track);
      }
    }
  }
  return [...models.values()]
    .sort((a, b) => (b.height ?? 0) - (a.height ?? 0))
    .map((model) => ({ id: model.id, kind, tracks: parts.map((part) => standIn(part.record, model)) }));
}

/** The same track, else the one nearest in size: a player that follows one playlist must see every part. */
function standIn(part: PresentedPart, model: TimelineTrack): TimelineTrack | null {
  const candidates = part.tracks.filter((track) => track.kind === model.kind);
  const same = candidates.find((track) => track.id === model.id);
  if (same) return same;
  const distance = (track: TimelineTrack) => Math.abs((track.height ?? 0) - (model.height ?? 0));
  return candidates.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

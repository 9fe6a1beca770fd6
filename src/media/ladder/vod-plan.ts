import type { SegmentRecord } from '../timeline/types';
import { extentOf, renditionsOf, type PresentedPart, type VodPart, type VodPlan } from '../vod/plan';
import type { LadderRecord } from './record';

/** Where the files are, from the playlist that names them; empty, or with a slash at the end. */
export interface Folders {
  segments: string;
  playlists: string;
}

/** A ladder as the playlists' writers take it: one part, without pauses. */
export function ladderVodPlan(record: LadderRecord, folders: Folders): VodPlan {
  const count = Math.max(0, ...record.tracks.map(({ segments }) => segments.length));
  const segments: SegmentRecord[] = [];
  for (let seq = 0; seq < count; seq += 1) {
    const tracks: SegmentRecord['tracks'] = {};
    for (const { track, segments: files } of record.tracks) {
      const file = files[seq];
      if (file) tracks[track.id] = file;
    }
    const startMs = seq * record.segmentSeconds * 1000;
    const durationMs = Math.min(record.segmentSeconds * 1000, Math.max(1, record.durationMs - startMs));
    segments.push({ type: 'segment', part: 0, seq, startMs, durationMs, tracks });
  }
  const tracks = record.tracks.map(({ track }) => track);
  const presented: PresentedPart = { part: 0, tracks, startedAt: null, baseMs: 0 };
  const extent = extentOf(presented, segments);
  const part: VodPart = {
    record: presented,
    folder: folders.segments,
    segments,
    startSeconds: 0,
    ...extent,
  };
  const parts = [part];
  const { playlists } = folders;
  return { parts, video: renditionsOf(parts, 'video'), audio: renditionsOf(parts, 'audio'), playlists };
}

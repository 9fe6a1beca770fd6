import { INIT_FILE } from '../packager/segment-files';
import type { LiveView } from '../timeline/live-index';
import type { PartRecord, TimelineTrack } from '../timeline/types';

/** One track's live media playlist; null for a track that no part in the window has. */
export function renderMedia(view: LiveView, trackId: string): string | null {
  const asked = view.parts.flatMap((part) => part.tracks).find((track) => track.id === trackId);
  const first = view.segments[0];
  if (!asked || !first) return null;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:8',
    `#EXT-X-TARGETDURATION:${view.targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.seq}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first.part}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let part: PartRecord | undefined;
  let track: TimelineTrack | null = null;
  for (const segment of view.segments) {
    if (part?.part !== segment.part) {
      if (part) lines.push('#EXT-X-DISCONTINUITY');
      part = view.parts.find((one) => one.part === segment.part);
      track = part ? standIn(part, asked) : null;
      if (track) lines.push(`#EXT-X-MAP:URI="${segment.part}/${track.id}/${INIT_FILE}"`);
    }
    const file = track && segment.tracks[track.id];
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(view.zeroAtMs + segment.startMs).toISOString()}`);
    // A track that had nothing is told as a gap, so that sequence numbers stay the same in all playlists.
    if (!file) lines.push('#EXT-X-GAP');
    lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(3)},`);
    lines.push(`${segment.part}/${track?.id ?? asked.id}/${file?.file ?? 'gap.m4s'}`);
  }
  if (view.ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** The same track, else the nearest in size: a player that follows one playlist must see every part. */
function standIn(part: PartRecord, asked: TimelineTrack): TimelineTrack | null {
  const alike = part.tracks.filter((track) => track.kind === asked.kind);
  const distance = (track: TimelineTrack): number =>
    track.id === asked.id ? -1 : Math.abs((track.height ?? 0) - (asked.height ?? 0));
  return alike.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

import { bitrateOf, type Rung } from '../ffmpeg/ladder';
import type { LiveIndex } from '../timeline/live-index';

/** Decode times of two parts never overlap: the AAC encoder's priming starts a frame before its part does. */
const PART_GAP_MS = 100;

/** Where a part that begins now stands: it follows the wall clock, and never the part before it into its own past. */
export function nextBaseMs(index: LiveIndex, startedAtMs: number): number {
  if (index.zeroAtMs === null) return 0;
  return Math.max(Math.ceil(index.endMs) + PART_GAP_MS, Math.round(startedAtMs - index.zeroAtMs));
}

/** The rungs that a presentation already has; null before its first video. */
export function rungsOf(index: LiveIndex): Rung[] | null {
  const tracks = [...index.parts]
    .reverse()
    .find((part) => part.tracks.some((track) => track.kind === 'video'))?.tracks;
  if (!tracks) return null;
  return tracks.flatMap(({ id, kind, width, height, frameRate }) => {
    if (kind !== 'video' || !width || !height || !frameRate) return [];
    return [{ id, width, height, frameRate, bitrateKbps: bitrateOf(width, height) }];
  });
}

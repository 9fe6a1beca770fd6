import { DEFAULT_LIVE_PROFILE, type LiveProfile } from '../../domain/live-profile';
import { COPIED_VIDEO_TRACK } from '../ffmpeg/args';
import { bitrateOf, type Rung } from '../ffmpeg/ladder';
import type { TimelineTrack } from '../timeline/types';
import type { LiveIndex } from '../timeline/live-index';

/** Decode times of two parts never overlap: the AAC encoder's priming starts a frame before its part does. */
const PART_GAP_MS = 100;

/** Where a part that begins now stands: it follows the wall clock, and never the part before it into its own past. */
export function nextBaseMs(index: LiveIndex, startedAtMs: number): number {
  if (index.zeroAtMs === null) return 0;
  return Math.max(Math.ceil(index.endMs) + PART_GAP_MS, Math.round(startedAtMs - index.zeroAtMs));
}

/**
 * The rungs that a presentation already has, at the profile's bit rates; null before its first encoded video (copied video is no
 * rung).
 */
export function rungsOf(index: LiveIndex, profile: LiveProfile = DEFAULT_LIVE_PROFILE): Rung[] | null {
  const isRung = ({ kind, id }: TimelineTrack): boolean => kind === 'video' && id !== COPIED_VIDEO_TRACK;
  const tracks = index.parts.findLast((part) => part.tracks.some(isRung))?.tracks.filter(isRung);
  if (!tracks) return null;
  return tracks.flatMap(({ id, width, height, frameRate }) => {
    if (!width || !height || !frameRate) return [];
    return [{ id, width, height, frameRate, bitrateKbps: bitrateOf(width, height, profile) }];
  });
}

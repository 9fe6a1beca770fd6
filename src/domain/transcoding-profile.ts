import { LIVE_SEGMENT_SECONDS, shortSideOf, type LiveProfile } from './live-profile';

/** FlipFlop's types (api/flipflop-api.md section 2). */
export const PROFILE_TYPES = ['VIDEO', 'THUMBNAIL', 'PREVIEW', 'BROADCAST_RTMP'] as const;
export type ProfileType = (typeof PROFILE_TYPES)[number];

/** The system's profile of live streams, shown for keys that nobody chose one for. */
export const DEFAULT_LIVE_PROFILE_ID = 7;
/** The system's profiles of video posts, by type. */
export const DEFAULT_POST_PROFILE_IDS = { VIDEO: 6, THUMBNAIL: 2, PREVIEW: 3 } as const;

interface AudioStream {
  name: 'audio';
  type: 'audio';
  /** Bits per second. */
  bitrate: number;
}

/** What `profile` of type BROADCAST_RTMP holds, as FlipFlop writes it. */
export interface LiveProfileContent {
  /** Seconds. */
  segmentDuration: number;
  /** Pixels, and bits per second. */
  videoStreams: { name: string; type: 'video'; width: number; height: number; bitrate: number }[];
  audioStream: AudioStream;
  drm: boolean;
}

/** What `profile` of type VIDEO holds. Ours: FlipFlop does not show its own. */
export interface VideoProfileContent {
  format: 'CMAF' | 'MP4';
  segmentDuration: number;
  maxFrameRate: number;
  videoStreams: { name: string; type: 'video'; shortSide: number }[];
  /** Of the system's alone: the original's sound is copied. */
  audioStream?: AudioStream;
  drm: boolean;
}

const BITS_PER_KBIT = 1_000;

/** What media encodes by. */
export const livePicturesOf = ({
  videoStreams,
  audioStream,
}: LiveProfileContent): Pick<LiveProfile, 'pictures' | 'audioKbps'> => ({
  pictures: videoStreams
    .map(({ width, height, bitrate }) => ({ width, height, kbps: Math.round(bitrate / BITS_PER_KBIT) }))
    .sort((a, b) => b.width * b.height - a.width * a.height),
  audioKbps: Math.round(audioStream.bitrate / BITS_PER_KBIT),
});

/** More are more than a core encodes beside the others, and than a player's choice needs. */
const MAX_PICTURES = 4;
/** x264's level 4.2 and the memory of a session end here. */
const MAX_SIDE_PIXELS = 1_920;
const MIN_SIDE_PIXELS = 64;
const VIDEO_BITS = { least: 100_000, most: 10_000_000 };
/** What ffmpeg's AAC takes for two channels. */
const AUDIO_BITS = { least: 32_000, most: 320_000 };
/** Pictures of one shape differ by this much at most, since sides are even. */
const SHAPE_TOLERANCE = 0.02;

/** Segments of seconds, as players want them; and a key frame in each. */
const SEGMENT_SECONDS = { least: 1, most: 10 };
const FRAME_RATE = { least: 1, most: 60 };
/** The short side of the largest picture above. */
const MAX_SHORT_SIDE_PIXELS = 1_080;

/** Null where renditions can be made by all of it; else what can't, for people. Types were checked before. */
export function videoProfileProblem(content: VideoProfileContent): string | null {
  const { segmentDuration, maxFrameRate, videoStreams, drm } = content;
  if (!(segmentDuration >= SEGMENT_SECONDS.least && segmentDuration <= SEGMENT_SECONDS.most))
    return `segmentDuration takes ${SEGMENT_SECONDS.least} to ${SEGMENT_SECONDS.most}`;
  if (maxFrameRate < FRAME_RATE.least || maxFrameRate > FRAME_RATE.most)
    return `maxFrameRate takes ${FRAME_RATE.least} to ${FRAME_RATE.most}`;
  if (drm) return 'drm takes false';
  if (videoStreams.length < 1 || videoStreams.length > MAX_PICTURES)
    return `videoStreams takes 1 to ${MAX_PICTURES} pictures`;
  const sides = videoStreams.map(({ shortSide }) => shortSide);
  if (sides.some((side) => side % 2 !== 0 || side < MIN_SIDE_PIXELS || side > MAX_SHORT_SIDE_PIXELS))
    return `shortSide takes even numbers from ${MIN_SIDE_PIXELS} to ${MAX_SHORT_SIDE_PIXELS}`;
  return new Set(sides).size < sides.length ? 'no two videoStreams take the same size' : null;
}

/** Null where the packager can do all of it; else what it can't, for people. Types were checked before. */
export function liveProfileProblem(content: LiveProfileContent): string | null {
  const { segmentDuration, videoStreams, audioStream, drm } = content;
  if (segmentDuration !== LIVE_SEGMENT_SECONDS) return `segmentDuration takes ${LIVE_SEGMENT_SECONDS}`;
  if (drm) return 'drm takes false';
  if (videoStreams.length < 1 || videoStreams.length > MAX_PICTURES)
    return `videoStreams takes 1 to ${MAX_PICTURES} pictures`;
  if (audioStream.bitrate < AUDIO_BITS.least || audioStream.bitrate > AUDIO_BITS.most)
    return `audioStream.bitrate takes ${AUDIO_BITS.least} to ${AUDIO_BITS.most}`;
  return videoStreams.map(pictureProblem).find((problem) => problem !== null) ?? shapeProblem(videoStreams);
}

type Picture = LiveProfileContent['videoStreams'][number];

function pictureProblem({ width, height, bitrate }: Picture): string | null {
  for (const side of [width, height]) {
    if (side % 2 !== 0 || side < MIN_SIDE_PIXELS || side > MAX_SIDE_PIXELS)
      return `width and height take even numbers from ${MIN_SIDE_PIXELS} to ${MAX_SIDE_PIXELS}`;
  }
  if (bitrate < VIDEO_BITS.least || bitrate > VIDEO_BITS.most)
    return `bitrate takes ${VIDEO_BITS.least} to ${VIDEO_BITS.most}`;
  return null;
}

/** A player changes between them within a show, and tracks are named by their short sides. */
function shapeProblem(pictures: readonly Picture[]): string | null {
  const shapes = pictures.map(({ width, height }) => width / height);
  if (Math.max(...shapes) / Math.min(...shapes) > 1 + SHAPE_TOLERANCE)
    return 'all videoStreams take the same shape';
  if (new Set(pictures.map(shortSideOf)).size < pictures.length)
    return 'no two videoStreams take the same size';
  return null;
}

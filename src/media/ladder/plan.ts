import { stat } from 'node:fs/promises';
import { CodedError } from '../../domain/errors';
import { maxKbpsOf, type VideoProfile } from '../../domain/video-profile';
import { probeOutput, type ProbedStream } from '../archive/probe-media';
import { rungSizes } from '../ffmpeg/ladder';
import { fps, framesToSeconds, ladderFrameRate, type FrameRate } from './frame-rate';

/** One encoded quality. */
export interface PlannedRendition {
  /** `720p`: its short side. */
  name: string;
  width: number;
  height: number;
  maxKbps: number;
}

export interface PlannedVideo {
  frameRate: FrameRate;
  /** Between key frames; a segment. */
  gopFrames: number;
  /** Whole segments. */
  chunkFrames: number;
  /** As long as the original, sound included. */
  totalFrames: number;
  /** Up to the end of the original's picture; behind it the last one stands. */
  sourceFrames: number;
  renditions: PlannedRendition[];
}

/** All that decides what a ladder looks like: files of another plan are never mixed with this one's. */
export interface LadderPlan {
  version: 1;
  source: { bytes: number; mtimeMs: number };
  profile: VideoProfile;
  durationMs: number;
  video: PlannedVideo | null;
  /** Copied, never encoded. */
  audio: { durationMs: number } | null;
}

export interface PlanRequest {
  original: string;
  profile: VideoProfile;
  chunkSeconds: number;
  ffprobePath: string;
  signal: AbortSignal;
}

/** Looks at the original once. Rejects with RECORDING_DAMAGED where it can not be read, or has neither picture nor sound. */
export async function planLadder(request: PlanRequest): Promise<LadderPlan> {
  const { original, profile, signal } = request;
  const { streams = [], format = {} } = await probeOutput(request.ffprobePath, original, signal);
  const picture = streams.find((stream) => stream.codec_type === 'video');
  const sound = streams.find((stream) => stream.codec_type === 'audio');
  const seconds = Number(format.duration ?? 0);
  if ((!picture && !sound) || !(seconds > 0))
    throw new CodedError('RECORDING_DAMAGED', 'the original has no media');
  const { size, mtimeMs } = await stat(original);
  const startSeconds = Number(format.start_time ?? 0);
  return {
    version: 1,
    source: { bytes: size, mtimeMs: Math.round(mtimeMs) },
    profile,
    durationMs: Math.round(seconds * 1000),
    video: picture ? planVideo(request, picture, { seconds, startSeconds }) : null,
    audio: sound ? { durationMs: Math.round(Number(sound.duration ?? seconds) * 1000) } : null,
  };
}

function planVideo(
  { profile, chunkSeconds }: PlanRequest,
  stream: ProbedStream,
  whole: { seconds: number; startSeconds: number },
): PlannedVideo {
  const size = shownSize(stream);
  const frameRate = ladderFrameRate(stream.avg_frame_rate, profile.maxFrameRate);
  const rate = fps(frameRate);
  const gopFrames = Math.max(1, Math.round(profile.segmentSeconds * rate));
  const endSeconds = Number(stream.start_time ?? 0) + Number(stream.duration ?? 0) - whole.startSeconds;
  const totalFrames = Math.max(1, Math.round(whole.seconds * rate));
  return {
    frameRate,
    gopFrames,
    chunkFrames: gopFrames * Math.max(1, Math.round((chunkSeconds * rate) / gopFrames)),
    totalFrames,
    sourceFrames: Math.min(totalFrames, Math.max(1, Math.round(endSeconds * rate))),
    renditions: rungSizes(size, profile.shortSides).map(({ id, width, height }) => ({
      name: `${id.slice(1)}p`,
      width,
      height,
      maxKbps: maxKbpsOf({ width, height }),
    })),
  };
}

/** Anamorphic video stretches by a third; far more is a broken header, and would be a picture of a million pixels across. */
const MAX_STRETCH = 4;

/** Pixels that are not square are made so; a phone held upright records lying pictures, and says how far to turn them. */
function shownSize(stream: ProbedStream) {
  const size = squareSize(stream);
  const turn = stream.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  return Math.abs(turn) % 180 === 90 ? { width: size.height, height: size.width } : size;
}

function squareSize({ width = 0, height = 0, sample_aspect_ratio: aspect }: ProbedStream) {
  if (!(width > 0 && height > 0)) throw new CodedError('RECORDING_DAMAGED', 'the picture has no size');
  const [across = 1, down = 1] = (aspect ?? '').split(':').map(Number);
  const stretch = across / down;
  const isSane = stretch >= 1 / MAX_STRETCH && stretch <= MAX_STRETCH;
  return { width: isSane ? Math.round(width * stretch) : width, height };
}

/** How long what is made of it plays, milliseconds. */
export const shownMs = ({ video, durationMs }: LadderPlan): number =>
  video ? Math.round(framesToSeconds(video.totalFrames, video.frameRate) * 1000) : durationMs;

export const chunkCount = ({ totalFrames, chunkFrames }: PlannedVideo): number =>
  Math.ceil(totalFrames / chunkFrames);

import { inputFlags, MAX_VIDEO_PIXELS } from '../ffmpeg/hostile';
import { LOG_FLAGS } from '../ffmpeg/stderr';
import { fps, frameClock, framesToSeconds, rateText } from './frame-rate';
import type { PlannedRendition, PlannedVideo } from './plan';

/**
 * As many transcodes run at once as half the cores: so each gets two. A fixed number also keeps what the encoder writes into
 * a stream's header the same on every machine that works on a ladder.
 */
const THREADS = 2;
/** Good to look at, at 3.5 times real time on two cores (research/packaging.md section 4); the plan's rate is its bound. */
const CRF = 23;
/** The decoder's buffer, in seconds of the highest rate. */
const BUFFER_SECONDS = 2;
/** A container's duration is an estimate at its end: so much may lack before the original counts as cut short. */
const MAX_MISSING_SECONDS = 2;

/** Frames of the video, from `first` on. */
export interface ChunkRange {
  first: number;
  frames: number;
}

export const chunkRange = ({ totalFrames, chunkFrames }: PlannedVideo, chunk: number): ChunkRange => ({
  first: chunk * chunkFrames,
  frames: Math.min(chunkFrames, totalFrames - chunk * chunkFrames),
});

/** One ffmpeg that reads a chunk once and encodes it for all renditions, one output each. */
export function chunkArgs(
  video: PlannedVideo,
  chunk: number,
  original: string,
  outputs: ReadonlyMap<string, string>,
): string[] {
  const range = chunkRange(video, chunk);
  // Behind the end of the picture nothing is found by seeking: the last frame is.
  const from = Math.min(range.first, video.sourceFrames - 1);
  const args = [...LOG_FLAGS];
  args.push('-progress', 'pipe:1', '-stats_period', '1', '-y', '-threads', String(THREADS));
  // Not accurate: the frame before the chunk's first instant is what is seen at it, and fps picks that one.
  if (from > 0) args.push('-noaccurate_seek', '-ss', framesToSeconds(from, video.frameRate).toFixed(6));
  args.push(...inputFlags(MAX_VIDEO_PIXELS), '-i', original, '-filter_complex', filters(video, range, from));
  video.renditions.forEach((rendition, at) => {
    args.push('-map', `[v${at}]`, '-frames:v', String(range.frames), ...encoder(video, rendition));
    args.push('-f', 'mp4', outputs.get(rendition.name)!);
  });
  return args;
}

function filters(video: PlannedVideo, range: ChunkRange, from: number): string {
  const { frameRate, renditions, sourceFrames } = video;
  const end = range.first + range.frames;
  const missing = Math.ceil(MAX_MISSING_SECONDS * fps(frameRate));
  const standing = Math.max(0, end + missing - Math.max(from, sourceFrames));
  const chain = [`fps=${rateText(frameRate)}:start_time=0`];
  if (standing > 0) chain.push(`tpad=stop_mode=clone:stop=${standing}`);
  if (range.first > from) chain.push(`trim=start_frame=${range.first - from}`, 'setpts=PTS-STARTPTS');
  chain.push(`split=${renditions.length}`);
  const outs = renditions.map((_, at) => `[s${at}]`).join('');
  const scaled = renditions.map(
    ({ width, height }, at) => `[s${at}]scale=${width}:${height},setsar=1,format=yuv420p[v${at}]`,
  );
  return [`[0:v:0]${chain.join(',')}${outs}`, ...scaled].join(';');
}

/** Everything that stands in a stream's header is fixed: chunks are joined under the first one's. */
function encoder({ gopFrames, frameRate }: PlannedVideo, { maxKbps }: PlannedRendition): string[] {
  const gop = String(gopFrames);
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(CRF), '-profile:v', 'high'],
    ...['-maxrate', `${maxKbps}k`, '-bufsize', `${maxKbps * BUFFER_SECONDS}k`, '-threads', String(THREADS)],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-flags', '+cgop'],
    ...['-video_track_timescale', String(frameClock(frameRate).timescale)],
  ];
}

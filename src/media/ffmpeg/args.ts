import { DEFAULT_LIVE_PROFILE } from '../../domain/live-profile';
import type { Rung } from './ladder';
import { LOG_FLAGS } from './stderr';

/** What one ffmpeg run makes: a fragmented MP4 pipe a track, in this order on fd 3, 4, 5. */
export interface FfmpegPlan {
  args: string[];
  tracks: { id: string; kind: 'video' | 'audio' }[];
}

/** First of the output pipes: 0 is the FLV in, 1 the progress, 2 the log. */
export const FIRST_OUTPUT_FD = 3;
/** Every output's clock starts here, so that AAC priming (-1024 samples) can not wrap an unsigned decode time. */
export const OUTPUT_OFFSET_MS = 10_000;
/** 23 AAC frames at 48 kHz; half a second would become 24 and break a part target of 0.5 s. */
const FRAGMENT_US = 490_000;
/** How far ffmpeg may look for codecs: our headers say which tracks there are. */
const ANALYZE_US = 200_000;
/** Key frames every second, segments every two: a session is viewable, and a broadcast starts, after a segment of 1 s. */
const KEY_FRAMES = 'expr:gte(t,n_forced)';
const GOP_S = 1;
/** Room over the average rate, and the decoder's buffer in averages (research/packaging.md section 2). */
const MAX_RATE = 1.1;
const BUFFER = 2;

/** Flags in front of every run. `-copyts` keeps the FLV's own clock, so that outputs map back to the session's. */
const INPUT = [
  ...LOG_FLAGS,
  ...['-progress', 'pipe:1', '-stats_period', '1', '-copyts'],
  ...['-f', 'flv', '-analyzeduration', String(ANALYZE_US), '-i', 'pipe:0'],
];

const FRAGMENTED = 'frag_keyframe+delay_moov+skip_trailer+default_base_moof+frag_discont';
/** The output's clock as it was told, 10 s later; nothing hidden in an edit list. */
const CLOCK = [
  ...['-use_editlist', '0', '-avoid_negative_ts', 'disabled'],
  ...['-output_ts_offset', String(OUTPUT_OFFSET_MS / 1000)],
];

/** Flags of every output. What breaks without each: research/packaging.md section 2. */
const MUX = [
  ...['-f', 'mp4', '-movflags', `+cmaf+${FRAGMENTED}`, ...CLOCK],
  ...['-frag_duration', String(FRAGMENT_US), '-flush_packets', '1'],
];

/**
 * Flags of an output that is cut into a VOD's segments: a fragment a key frame, so sound needs a length as well. Without
 * `cmaf`, whose negative offsets ffmpeg's own reader shows two frames late.
 */
export const vodMux = (kind: 'video' | 'audio'): string[] => [
  ...['-f', 'mp4', '-movflags', `+${FRAGMENTED}`, ...CLOCK],
  ...(kind === 'audio' ? ['-frag_duration', String(FRAGMENT_US)] : []),
];

const pipe = (index: number): string => `pipe:${FIRST_OUTPUT_FD + index}`;

export const COPIED_VIDEO_TRACK = 'source';

/** Copied, not encoded: for the recording of RTMP mode. */
export function copyPlan(has: { video: boolean; audio: boolean }): FfmpegPlan {
  const args = [...INPUT];
  const tracks: FfmpegPlan['tracks'] = [];
  if (has.video) {
    args.push('-map', '0:v:0', '-c:v', 'copy', ...MUX, pipe(tracks.length));
    tracks.push({ id: COPIED_VIDEO_TRACK, kind: 'video' });
  }
  if (has.audio) {
    args.push('-map', '0:a:0', '-c:a', 'copy', ...MUX, pipe(tracks.length));
    tracks.push({ id: 'audio', kind: 'audio' });
  }
  return { args, tracks };
}

/** Encoded into aligned rungs and one AAC track: for CMAF. */
export function transcodePlan(
  rungs: Rung[],
  has: { audio: boolean },
  audioKbps = DEFAULT_LIVE_PROFILE.audioKbps,
): FfmpegPlan {
  const args = [...INPUT];
  const tracks: FfmpegPlan['tracks'] = [];
  const frameRate = rungs[0]?.frameRate;
  if (frameRate !== undefined) args.push('-filter_complex', videoGraph(rungs, frameRate));
  for (const rung of rungs) {
    const index = tracks.length;
    args.push('-map', `[v${index}]`, ...x264(rung), ...MUX, pipe(index));
    tracks.push({ id: rung.id, kind: 'video' });
  }
  if (has.audio) {
    args.push('-map', '0:a:0', '-c:a', 'aac', '-b:a', `${audioKbps}k`, '-ar', '48000', '-ac', '2');
    args.push('-af', 'aresample=async=1000', ...MUX, pipe(tracks.length));
    tracks.push({ id: 'audio', kind: 'audio' });
  }
  return { args, tracks };
}

function videoGraph(rungs: Rung[], frameRate: number): string {
  const outs = rungs.map((_, index) => `[s${index}]`).join('');
  const canvases = rungs.map((rung, index) => `[s${index}]${canvas(rung)}[v${index}]`);
  return [`[0:v:0]fps=${frameRate},split=${rungs.length}${outs}`, ...canvases].join(';');
}

/** Scaled and padded into a fixed size, so that a rotated or resized source gives the same init segments. */
function canvas({ width, height }: Rung): string {
  const size = `${width}:${height}`;
  return (
    `scale=${size}:force_original_aspect_ratio=decrease:force_divisible_by=2,` +
    `pad=${size}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`
  );
}

function x264({ bitrateKbps, frameRate }: Rung): string[] {
  const gop = String(frameRate * GOP_S);
  return [
    ...['-c:v', 'libx264', '-preset', 'superfast', '-profile:v', 'high', '-bf', '0'],
    ...['-x264-params', 'rc-lookahead=0:sync-lookahead=0:mbtree=0'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-force_key_frames', KEY_FRAMES],
    ...['-b:v', `${bitrateKbps}k`, '-maxrate', `${Math.round(bitrateKbps * MAX_RATE)}k`],
    ...['-bufsize', `${bitrateKbps * BUFFER}k`],
  ];
}

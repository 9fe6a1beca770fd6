import { LOG_FLAGS } from '../ffmpeg/stderr';
import { runFfmpeg } from './ffmpeg-job';
import type { EncodeContext } from './copy-original';
import type { PartSource } from './part-source';

/** Good enough to stand for an original, 3.5 times as fast as real time on two cores (research/packaging.md section 4). */
const X264 = [
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-crf',
  '20',
  '-profile:v',
  'high',
  '-pix_fmt',
  'yuv420p',
];
const AAC = ['-c:a', 'aac', '-b:a', '160k', '-ar', '48000', '-ac', '2'];
const SOUND = 'aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo';
const DEFAULT_FRAME_RATE = 30;
const MAX_FRAME_RATE = 60;
/** Reading and encoding; moving the index to the front of the file is the rest. */
const ENCODING_PERCENT = 98;

/**
 * Encodes parts that can not simply be copied behind each other onto one canvas: sizes are fitted and padded,
 * missing sound is silence, missing picture is black. Rejects as `runFfmpeg` does.
 */
export async function encodeOriginal(
  context: EncodeContext,
  parts: PartSource[],
  output: string,
): Promise<void> {
  const hasVideo = parts.some((part) => part.video);
  const hasAudio = parts.some((part) => part.audio);
  const graph = new FilterGraph(parts, hasVideo, hasAudio);
  const args = [...LOG_FLAGS, '-y'];
  args.push('-progress', 'pipe:1', '-stats_period', '1', '-copyts');
  for (const input of graph.inputs) args.push('-i', input);
  args.push('-filter_complex', graph.text);
  if (hasVideo) args.push('-map', '[v]', ...X264);
  if (hasAudio) args.push('-map', '[a]', ...AAC);
  args.push('-movflags', '+faststart', '-f', 'mp4', output);
  const totalMs = parts.reduce((sum, part) => sum + part.durationSeconds * 1000, 0);
  const onTime = (outTimeMs: number) =>
    context.onProgress(
      Math.max(0, Math.min(ENCODING_PERCENT, Math.floor((outTimeMs / totalMs) * ENCODING_PERCENT))),
    );
  await runFfmpeg({ path: context.ffmpegPath, args, output, signal: context.signal, onTime });
}

class FilterGraph {
  readonly inputs: string[] = [];
  readonly text: string;
  private readonly width: number;
  private readonly height: number;
  private readonly rate: number;

  constructor(parts: PartSource[], hasVideo: boolean, hasAudio: boolean) {
    const largest = [...parts].sort((a, b) => b.width * b.height - a.width * a.height)[0];
    this.width = even(largest?.width ?? 0);
    this.height = even(largest?.height ?? 0);
    const rate = Math.round(Math.max(0, ...parts.map((part) => part.frameRate)));
    this.rate = Math.min(MAX_FRAME_RATE, rate || DEFAULT_FRAME_RATE);
    const chains: string[] = [];
    const joined: string[] = [];
    parts.forEach((part, at) => {
      if (hasVideo) chains.push(`${this.picture(part)}[v${at}]`);
      if (hasAudio) chains.push(`${this.sound(part)}[a${at}]`);
      joined.push(`${hasVideo ? `[v${at}]` : ''}${hasAudio ? `[a${at}]` : ''}`);
    });
    const outputs = `${hasVideo ? '[v]' : ''}${hasAudio ? '[a]' : ''}`;
    chains.push(
      `${joined.join('')}concat=n=${parts.length}:v=${hasVideo ? 1 : 0}:a=${hasAudio ? 1 : 0}${outputs}`,
    );
    this.text = chains.join(';');
  }

  private picture(part: PartSource): string {
    const size = `${this.width}:${this.height}`;
    const seconds = part.durationSeconds.toFixed(3);
    if (!part.video)
      return `color=c=black:s=${this.width}x${this.height}:r=${this.rate}:d=${seconds},setsar=1,format=yuv420p`;
    return (
      `[${this.input(part.video)}:v:0]trim=start=${at(part.originSeconds)}:duration=${seconds},` +
      `setpts=PTS-${at(part.originSeconds)}/TB,fps=${this.rate}:start_time=0,` +
      `scale=${size}:force_original_aspect_ratio=decrease:force_divisible_by=2,` +
      `pad=${size}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`
    );
  }

  private sound(part: PartSource): string {
    const seconds = part.durationSeconds.toFixed(3);
    if (!part.audio) return `anullsrc=r=48000:cl=stereo,atrim=duration=${seconds},${SOUND}`;
    return (
      `[${this.input(part.audio)}:a:0]atrim=start=${at(part.originSeconds)}:duration=${seconds},` +
      `asetpts=PTS-${at(part.originSeconds)}/TB,${SOUND}`
    );
  }

  private input(file: string): number {
    const known = this.inputs.indexOf(file);
    return known >= 0 ? known : this.inputs.push(file) - 1;
  }
}

const at = (seconds: number): string => seconds.toFixed(6);
const even = (value: number): number => Math.max(2, value - (value % 2));

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface Probe {
  format: { duration?: string; format_name: string };
  streams: {
    codec_type: string;
    codec_name: string;
    width?: number;
    height?: number;
    sample_aspect_ratio?: string;
    start_time?: string;
    duration?: string;
    nb_frames?: string;
    avg_frame_rate?: string;
  }[];
}

/** What ffprobe says about a file or a local playlist. */
export async function probe(input: string, ...options: string[]): Promise<Probe> {
  const { stdout } = await execute(
    'ffprobe',
    ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', ...options, input],
    { maxBuffer: MAX_OUTPUT_BYTES },
  );
  return JSON.parse(stdout) as Probe;
}

/** Decodes everything; resolves with the number of error lines. */
export async function decodeErrors(input: string, ...options: string[]): Promise<string[]> {
  const { stderr } = await execute(
    'ffmpeg',
    ['-nostdin', '-v', 'error', ...options, '-i', input, '-f', 'null', '-'],
    { maxBuffer: MAX_OUTPUT_BYTES },
  );
  return stderr.split('\n').filter((line) => line.trim() !== '');
}

/** How bright the left edge of a movie's picture is at an instant: 0...255. */
export async function leftEdge(file: string, seconds: number): Promise<number> {
  const picture = [
    '-vf',
    'crop=8:ih:0:0,scale=1:1:flags=area,format=gray',
    '-frames:v',
    '1',
    '-f',
    'rawvideo',
    '-',
  ];
  const { stdout } = await execute(
    'ffmpeg',
    ['-v', 'error', '-ss', String(seconds), '-i', file, ...picture],
    {
      encoding: 'buffer',
    },
  );
  return stdout.readUInt8(0);
}

/** Of one stream's packets, as they lie in the file. */
export async function packetHash(file: string, stream: 'a' | 'v'): Promise<string> {
  const args = ['-v', 'error', '-i', file, '-map', `0:${stream}`, '-c', 'copy', '-f', 'md5', '-'];
  return (await execute('ffmpeg', args)).stdout.trim();
}

/** Two movies, frame by frame: the SSIM of the pair that is least alike, 0...1. */
export async function lowestSimilarity(file: string, other: string): Promise<number> {
  const compare = '[0:v][1:v]ssim=stats_file=-';
  const args = ['-v', 'error', '-i', file, '-i', other, '-lavfi', compare, '-f', 'null', '/dev/null'];
  const { stdout } = await execute('ffmpeg', args, { maxBuffer: MAX_OUTPUT_BYTES });
  const all = [...stdout.matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  if (all.length === 0) throw new Error(`no frame of ${file} could be compared`);
  return Math.min(...all);
}

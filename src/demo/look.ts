import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** A live output that says nothing in this time can't be watched. */
const LOOK_TIMEOUT_MS = 20_000;
const LOOK_AGAIN_MS = 500;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface Seen {
  video: number;
  audio: number;
  /** Null for live outputs. */
  durationMs: number | null;
}

/**
 * Looks at an output as a player would, with ffprobe: again, where the first segment is not there yet (503).
 * Rejects where it can not be read in time, or has no picture or no sound.
 */
export async function look(ffprobePath: string, url: string): Promise<Seen> {
  const deadline = Date.now() + LOOK_TIMEOUT_MS;
  for (;;) {
    try {
      return await lookOnce(ffprobePath, url, Math.max(1, deadline - Date.now()));
    } catch (error) {
      if (Date.now() + LOOK_AGAIN_MS > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}

async function lookOnce(ffprobePath: string, url: string, timeout: number): Promise<Seen> {
  const args = [
    '-v',
    'error',
    '-analyzeduration',
    '3000000',
    '-show_streams',
    '-show_format',
    '-of',
    'json',
    url,
  ];
  const { stdout } = await execute(ffprobePath, args, { timeout, maxBuffer: MAX_OUTPUT_BYTES }).catch(
    (error: Error & { stderr?: string; killed?: boolean }) => {
      const why = error.killed ? 'nothing to see in time' : (error.stderr || error.message).trim();
      throw new Error(`${url}: ${why.slice(-300)}`);
    },
  );
  const { streams = [], format } = JSON.parse(stdout) as {
    streams?: { codec_type?: string }[];
    format?: { duration?: string };
  };
  const count = (kind: string) => streams.filter((stream) => stream.codec_type === kind).length;
  const seen = {
    video: count('video'),
    audio: count('audio'),
    durationMs: format?.duration === undefined ? null : Number(format.duration) * 1000,
  };
  if (seen.video === 0 || seen.audio === 0) {
    throw new Error(`${url}: ${seen.video} video and ${seen.audio} audio streams`);
  }
  return seen;
}

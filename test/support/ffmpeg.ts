import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs ffmpeg to its end; rejects with its stderr. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], { maxBuffer: MAX_OUTPUT_BYTES });
}

/** Runs ffprobe and returns its JSON. Also what it wrote to stderr: a clean file leaves that empty. */
export async function ffprobe(...args: string[]): Promise<{ json: any; stderr: string }> {
  const { stdout, stderr } = await run('ffprobe', ['-v', 'warning', '-of', 'json', ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return { json: JSON.parse(stdout), stderr };
}

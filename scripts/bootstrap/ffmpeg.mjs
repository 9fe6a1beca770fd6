import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run, say, Stop, withProgress } from './say.mjs';

const ENCODERS = ['libx264', 'aac'];
/** Encoders of the demo and of tests send FLV; we make MP4. HLS and DASH are our own. */
const MUXERS = ['flv', 'mp4'];
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends ffmpeg';

const program = (name) => process.env[`${name.toUpperCase()}_PATH`] || name;

/** The names in a list of ffmpeg's: flags, then the name (or several, with commas). */
function namesIn(list) {
  const { status, stdout } = spawnSync(program('ffmpeg'), ['-hide_banner', list], { encoding: 'utf8' });
  if (status !== 0) return null;
  return new Set(stdout.split('\n').flatMap((line) => (line.trim().split(/\s+/)[1] ?? '').split(',')));
}

/** What is missing, in words; an empty list is a usable ffmpeg. */
function missing() {
  const encoders = namesIn('-encoders');
  const muxers = namesIn('-muxers');
  if (!encoders || !muxers) return [`${program('ffmpeg')} itself`];
  const lacking = [
    ...ENCODERS.filter((name) => !encoders.has(name)).map((name) => `the encoder ${name}`),
    ...MUXERS.filter((name) => !muxers.has(name)).map((name) => `the muxer ${name}`),
  ];
  if (spawnSync(program('ffprobe'), ['-version'], { stdio: 'ignore' }).status !== 0)
    lacking.push(program('ffprobe'));
  return lacking;
}

/** ffmpeg with all that we use; as root it is installed, otherwise the command is printed. */
export async function ensureFfmpeg() {
  let lacking = missing();
  if (lacking.length === 0) return say('ffmpeg: found, with libx264, aac and the muxers.');
  say(`ffmpeg: ${lacking.join(', ')} not found. It encodes renditions and recordings.`);
  const byApt = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!byApt || process.env.FFMPEG_PATH) {
    throw new Stop(
      `Install it and start again:\n  sudo sh -c '${INSTALL}'\nor set FFMPEG_PATH and FFPROBE_PATH.`,
    );
  }
  say('ffmpeg: installing it through apt (about 1 minute, 500 MB with its libraries).');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withProgress('apt-get', (progress) => run('sh', ['-c', INSTALL], { env, progress }));
  lacking = missing();
  if (lacking.length > 0)
    throw new Stop(`The ffmpeg of this system lacks ${lacking.join(', ')}. Set FFMPEG_PATH to another.`);
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpeg } from '../support/ffmpeg';

/** Longer than any room is on the air. */
const CLIP_SECONDS = 300;
/** Small, since two cores carry everything: 16 pictures a second, so that 8 are exactly half a second, from key frame to key frame. */
const PICTURE = `testsrc2=size=320x180:rate=16:duration=${CLIP_SECONDS}`;
const SOUND = `sine=frequency=440:sample_rate=48000:duration=${CLIP_SECONDS}`;
const GOP = ['-g', '8', '-keyint_min', '8', '-sc_threshold', '0'];

/** What the encoders send, encoded once: sending it again costs them next to nothing. */
export async function makeClip(folder: string): Promise<string> {
  const file = join(folder, 'clip.flv');
  if (existsSync(file)) return file;
  await ffmpeg(
    ...['-f', 'lavfi', '-i', PICTURE, '-f', 'lavfi', '-i', SOUND],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', ...GOP],
    ...['-b:v', '150k', '-c:a', 'aac', '-b:a', '48k', '-f', 'flv', file],
  );
  return file;
}

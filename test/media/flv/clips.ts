import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaTag } from '../../../src/media/contract';
import { FlvReader } from '../../../src/media/flv';
import { ffmpeg } from '../../support/ffmpeg';

/** A folder of this test's own, and its removal. */
export async function tempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'showrunner-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface ClipOptions {
  size?: string;
  seconds?: number;
  rate?: number;
  gop?: number;
  video?: boolean;
  audio?: boolean;
  /** More encoder flags. */
  extra?: string[];
}

/** A short FLV clip: test picture and tone, H.264 and AAC as an encoder would send them. */
export async function makeClip(path: string, options: ClipOptions = {}): Promise<string> {
  const {
    size = '320x180',
    seconds = 2,
    rate = 25,
    gop = 25,
    video = true,
    audio = true,
    extra = [],
  } = options;
  const args: string[] = [];
  if (video) args.push('-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}`);
  if (audio) args.push('-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000');
  if (video) args.push('-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', String(gop));
  if (audio) args.push('-c:a', 'aac', '-b:a', '64k');
  await ffmpeg(...args, '-t', String(seconds), ...extra, '-f', 'flv', path);
  return path;
}

export async function readTags(path: string): Promise<MediaTag[]> {
  const reader = await FlvReader.open(path);
  try {
    const tags: MediaTag[] = [];
    for await (const tag of reader.tags()) tags.push(tag);
    return tags;
  } finally {
    await reader.close();
  }
}

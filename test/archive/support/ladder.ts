import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as HLS from 'hls-parser';
import { pino } from 'pino';
import { DEFAULT_VIDEO_PROFILE, type VideoProfile } from '../../../src/domain/video-profile';
import { makeLadderInChunks, type Ladder, type LadderRequest } from '../../../src/media/ladder/make-ladder';
import { ffmpeg, ffprobe } from '../../support/ffmpeg';

/** A VOD's ladder made of a generated original: for each test of the suite that imports this, a folder of its own. */

HLS.setOptions({ strictMode: true });
/** A third of the real sizes: the rules are the same, and two cores are enough. */
export const PROFILE: VideoProfile = { ...DEFAULT_VIDEO_PROFILE, shortSides: [180, 90], segmentSeconds: 1 };
const CHUNK_SECONDS = 2;
export const OUTPUT_OFFSET_SECONDS = 10;

/** A VOD's folder of the test's own. */
export let dir: string;
/** Warnings of this test. */
export let said: string[];
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'showrunner-ladder-')), 'post');
  await mkdir(dir);
  said = [];
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

export const at = (...path: string[]): string => join(dir, ...path);

export function make(options: Partial<LadderRequest> = {}, chunkSeconds = CHUNK_SECONDS): Promise<Ladder> {
  const request: LadderRequest = {
    vodDir: dir,
    profile: PROFILE,
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    log: pino({ level: 'warn' }, { write: (line: string) => said.push(line) }),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...options,
  };
  return makeLadderInChunks(request, chunkSeconds);
}

export interface Source {
  seconds?: number;
  size?: string;
  rate?: string;
  video?: boolean;
  audio?: boolean;
  extra?: string[];
}

export async function source({
  seconds = 5.3,
  size = '320x180',
  rate = '30',
  ...rest
}: Source = {}): Promise<void> {
  const { video = true, audio = true, extra = [] } = rest;
  const args: string[] = [];
  if (video) args.push('-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`);
  if (audio) args.push('-f', 'lavfi', '-i', `sine=440:r=48000:d=${seconds}`);
  if (video)
    args.push('-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '75', '-pix_fmt', 'yuv420p');
  if (audio) args.push('-c:a', 'aac');
  await ffmpeg(...args, ...extra, '-movflags', '+faststart', at('original.mp4'));
}

export interface Packet {
  pts: number;
  dts: number;
  key: boolean;
}

/** Seconds. */
export async function packets(file: string, stream = 'v'): Promise<Packet[]> {
  const { json } = await ffprobe(
    '-select_streams',
    stream,
    '-show_entries',
    'packet=pts_time,dts_time,flags',
    file,
  );
  return json.packets.map((packet: any) => ({
    pts: Number(packet.pts_time),
    dts: Number(packet.dts_time),
    key: packet.flags.startsWith('K'),
  }));
}

/** A rendition's segments behind its init, as a player reads them. */
export async function joined(rendition: string): Promise<string> {
  const playlist = HLS.parse(
    await readFile(at('ladder', `${rendition}.m3u8`), 'utf8'),
  ) as HLS.types.MediaPlaylist;
  const names = [playlist.segments[0]!.map!.uri!, ...playlist.segments.map((segment) => segment.uri)];
  const bytes = await Promise.all(names.map((name) => readFile(at('ladder', name))));
  const file = at(`joined-${rendition}.mp4`);
  await writeFile(file, Buffer.concat(bytes));
  return file;
}

export const keyTimes = (all: Packet[]): number[] =>
  all.filter((packet) => packet.key).map((packet) => packet.pts);

export async function expectGrid(
  all: Packet[],
  frames: number,
  rate: number,
  startSeconds = 0,
): Promise<void> {
  expect(all).toHaveLength(frames);
  all.forEach((packet, index) => {
    if (index > 0) expect(packet.dts - all[index - 1]!.dts).toBeCloseTo(1 / rate, 4);
  });
  const shown = all.map((packet) => packet.pts).sort((a, b) => a - b);
  shown.forEach((pts, index) => expect(pts).toBeCloseTo(startSeconds + index / rate, 4));
}

export async function master(): Promise<HLS.types.MasterPlaylist> {
  return HLS.parse(await readFile(at('master.m3u8'), 'utf8')) as HLS.types.MasterPlaylist;
}

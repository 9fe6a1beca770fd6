import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import * as HLS from 'hls-parser';
import { pino } from 'pino';
import { DEFAULT_VIDEO_PROFILE, type VideoProfile } from '../../src/domain/video-profile';
import {
  makeLadderInChunks,
  type Ladder,
  type LadderProgress,
  type LadderRequest,
} from '../../src/media/ladder/make-ladder';
import { publishLadder } from '../../src/media/ladder/publish-ladder';
import { ffmpeg, ffprobe } from '../support/ffmpeg';
import { decodeErrors, probe } from './support/run';

HLS.setOptions({ strictMode: true });
/** A third of the real sizes: the rules are the same, and two cores are enough. */
const PROFILE: VideoProfile = { ...DEFAULT_VIDEO_PROFILE, shortSides: [180, 90], segmentSeconds: 1 };
const CHUNK_SECONDS = 2;
const OUTPUT_OFFSET_SECONDS = 10;

let dir: string;
let said: string[];
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'showrunner-ladder-')), 'post');
  await mkdir(dir);
  said = [];
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

const at = (...path: string[]): string => join(dir, ...path);

function make(options: Partial<LadderRequest> = {}, chunkSeconds = CHUNK_SECONDS): Promise<Ladder> {
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

interface Source {
  seconds?: number;
  size?: string;
  rate?: string;
  video?: boolean;
  audio?: boolean;
  extra?: string[];
}

async function source({ seconds = 5.3, size = '320x180', rate = '30', ...rest }: Source = {}): Promise<void> {
  const { video = true, audio = true, extra = [] } = rest;
  const args: string[] = [];
  if (video) args.push('-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`);
  if (audio) args.push('-f', 'lavfi', '-i', `sine=440:r=48000:d=${seconds}`);
  if (video)
    args.push('-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '75', '-pix_fmt', 'yuv420p');
  if (audio) args.push('-c:a', 'aac');
  await ffmpeg(...args, ...extra, '-movflags', '+faststart', at('original.mp4'));
}

interface Packet {
  pts: number;
  dts: number;
  key: boolean;
}

/** Seconds. */
async function packets(file: string, stream = 'v'): Promise<Packet[]> {
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
async function joined(rendition: string): Promise<string> {
  const playlist = HLS.parse(
    await readFile(at('ladder', `${rendition}.m3u8`), 'utf8'),
  ) as HLS.types.MediaPlaylist;
  const names = [playlist.segments[0]!.map!.uri!, ...playlist.segments.map((segment) => segment.uri)];
  const bytes = await Promise.all(names.map((name) => readFile(at('ladder', name))));
  const file = at(`joined-${rendition}.mp4`);
  await writeFile(file, Buffer.concat(bytes));
  return file;
}

const keyTimes = (all: Packet[]): number[] => all.filter((packet) => packet.key).map((packet) => packet.pts);

async function expectGrid(all: Packet[], frames: number, rate: number, startSeconds = 0): Promise<void> {
  expect(all).toHaveLength(frames);
  all.forEach((packet, index) => {
    if (index > 0) expect(packet.dts - all[index - 1]!.dts).toBeCloseTo(1 / rate, 4);
  });
  const shown = all.map((packet) => packet.pts).sort((a, b) => a - b);
  shown.forEach((pts, index) => expect(pts).toBeCloseTo(startSeconds + index / rate, 4));
}

async function master(): Promise<HLS.types.MasterPlaylist> {
  return HLS.parse(await readFile(at('master.m3u8'), 'utf8')) as HLS.types.MasterPlaylist;
}

test('a picture with sound: MP4s, segments and playlists of each size, in step', async () => {
  await source();
  const progress: LadderProgress[] = [];
  const made = await make({ onProgress: (one) => progress.push(one) });
  expect(made.durationMs).toBeCloseTo(5300, -2);
  expect(made.renditions.map(({ name, width, height }) => [name, width, height])).toEqual([
    ['180p', 320, 180],
    ['90p', 160, 90],
    ['audio', null, null],
  ]);
  for (const { name, mp4Bytes, segmentBytes } of made.renditions) {
    expect((await stat(at('ladder', `${name}.mp4`))).size).toBe(mp4Bytes);
    const files = (await readdir(at('ladder', name))).filter((file) => file.endsWith('.m4s'));
    const sizes = await Promise.all(files.map(async (file) => (await stat(at('ladder', name, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(segmentBytes);
  }
  for (const name of ['180p', '90p']) {
    const file = at('ladder', `${name}.mp4`);
    const { streams } = await probe(file);
    expect(streams.map((stream) => stream.codec_name).sort()).toEqual(['aac', 'h264']);
    for (const stream of streams) expect(Math.abs(Number(stream.duration) - 5.3)).toBeLessThan(2 / 30);
    await expectGrid(await packets(file), 159, 30);
    expect(keyTimes(await packets(file))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await decodeErrors(file)).toEqual([]);
    const segments = await joined(name);
    await expectGrid(await packets(segments), 159, 30, OUTPUT_OFFSET_SECONDS);
    expect(keyTimes(await packets(segments))).toEqual([10, 11, 12, 13, 14, 15]);
    expect(await decodeErrors(segments)).toEqual([]);
  }
  const sound = await packets(await joined('audio'), 'a');
  const original = await packets(at('original.mp4'), 'a');
  expect(sound.map((packet) => (packet.pts - OUTPUT_OFFSET_SECONDS).toFixed(4))).toEqual(
    original.map((packet) => packet.pts.toFixed(4)),
  );
  expect((await readdir(at('ladder'))).sort()).toEqual(
    [
      '180p',
      '180p.m3u8',
      '180p.mp4',
      '90p',
      '90p.m3u8',
      '90p.mp4',
      'audio',
      'audio.m3u8',
      'audio.mp4',
      'ladder.json',
    ].sort(),
  );
  const percents = progress.map((one) => one.percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(percents.at(-1)).toBe(100);
  expect(progress.filter((one) => one.step === 'video').at(-1)).toMatchObject({ chunk: 3, chunks: 3 });
  expect(said).toEqual([]);
});

test('publishing swaps master and MPD under their names; what a player holds stays', async () => {
  await source();
  await make();
  await writeFile(at('master.m3u8'), 'instant');
  await writeFile(at('v180.m3u8'), 'held by a player');
  await publishLadder(dir);
  await publishLadder(dir);
  expect(await readFile(at('v180.m3u8'), 'utf8')).toBe('held by a player');
  const { variants } = await master();
  expect(variants.map(({ uri, resolution, frameRate }) => [uri, resolution, frameRate])).toEqual([
    ['ladder/180p.m3u8', { width: 320, height: 180 }, 30],
    ['ladder/90p.m3u8', { width: 160, height: 90 }, 30],
  ]);
  expect(variants[0]!.audio.map((audio) => audio.uri)).toEqual(['ladder/audio.m3u8']);
  expect(variants[0]!.codecs).toMatch(/^avc1\.64\w{4},mp4a\.40\.2$/);
  const { MPD } = new XMLParser({ ignoreAttributes: false }).parse(
    await readFile(at('manifest.mpd'), 'utf8'),
  );
  expect(MPD['@_mediaPresentationDuration']).toBe('PT5.300S');
  const [video, audio] = MPD.Period.AdaptationSet;
  expect(video.Representation.map((one: any) => one.SegmentTemplate['@_media'])).toEqual([
    'ladder/180p/$Number%05d$.m4s',
    'ladder/90p/$Number%05d$.m4s',
  ]);
  expect(video.Representation[0].SegmentTemplate).toMatchObject({
    '@_presentationTimeOffset': '300000',
    '@_initialization': 'ladder/180p/init.mp4',
  });
  expect(video.Representation[0].SegmentTemplate.SegmentTimeline.S[0]).toEqual({
    '@_t': '300000',
    '@_d': '30000',
    '@_r': '4',
  });
  expect(audio.Representation.SegmentTemplate['@_presentationTimeOffset']).toBe('480000');
  // A real player of both: all frames, from the playlists alone.
  for (const name of ['master.m3u8', 'manifest.mpd']) {
    const { json } = await ffprobe(
      '-count_packets',
      '-show_entries',
      'stream=codec_type,nb_read_packets',
      at(name),
    );
    const counts = json.streams.filter((stream: any) => stream.codec_type === 'video');
    expect(counts.map((stream: any) => Number(stream.nb_read_packets))).toEqual([159, 159]);
    expect(await decodeErrors(at(name))).toEqual([]);
  }
});

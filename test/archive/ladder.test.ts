import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
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
import { decodeErrors, leftEdge, probe } from './support/run';

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

describe('a ladder that was begun', () => {
  const chunkFacts = async (name: string) => {
    const { ino, mtimeMs } = await stat(at('ladder', 'work', name));
    return { ino, mtimeMs };
  };
  /** Killed while the second chunk is encoded. */
  async function interrupt(options: Partial<LadderRequest> = {}): Promise<void> {
    const controller = new AbortController();
    const onProgress = ({ step, chunk }: LadderProgress) => {
      if (step === 'video' && chunk === 2)
        setImmediate(() => controller.abort(new Error('the worker stops')));
    };
    await expect(make({ ...options, signal: controller.signal, onProgress })).rejects.toThrow(
      'the worker stops',
    );
  }

  test('goes on at its first missing chunk, and is the same as one made in one go', async () => {
    await source();
    await make();
    const whole = await readFile(at('ladder', '90p.mp4'));
    await rm(at('ladder'), { recursive: true });
    await interrupt();
    expect((await readdir(at('ladder', 'work'))).sort()).toEqual(['180p-0.mp4', '90p-0.mp4', 'plan.json']);
    const before = await chunkFacts('180p-0.mp4');
    // What a killed process leaves, that had no time to remove it.
    await writeFile(at('ladder', 'work', '180p-1.mp4.x.tmp'), 'half a chunk');
    let resumedAt: LadderProgress | null = null;
    let after: unknown = null;
    const looked: Promise<void>[] = [];
    await make({
      onProgress: (progress) => {
        if (progress.chunk === 2) resumedAt ??= progress;
        if (progress.step === 'join')
          looked.push(chunkFacts('180p-0.mp4').then((facts) => void (after = facts)));
      },
    });
    await Promise.all(looked);
    expect(resumedAt).toMatchObject({ step: 'video', chunk: 2, percent: 33 });
    expect(after).toEqual(before);
    expect((await readFile(at('ladder', '90p.mp4'))).equals(whole)).toBe(true);
    expect(await readdir(at('ladder'))).not.toContain('work');
    expect(said).toEqual([]);
  });

  test('of another source or profile is not gone on with', async () => {
    await source();
    await interrupt();
    const before = await chunkFacts('90p-0.mp4');
    await interrupt({ profile: { ...PROFILE, segmentSeconds: 2 } });
    const other = await chunkFacts('90p-0.mp4');
    expect(other).not.toEqual(before);
    await utimes(at('original.mp4'), 1, 1);
    await interrupt({ profile: { ...PROFILE, segmentSeconds: 2 } });
    expect(await chunkFacts('90p-0.mp4')).not.toEqual(other);
    expect(said).toHaveLength(2);
  });

  test.each([
    ['was lost to the disk', async (file: string) => truncate(file, 100)],
    [
      'another encoder made',
      async (file: string) => {
        await ffmpeg('-i', file, '-profile:v', 'baseline', '-g', '30', at('odd.mp4'));
        await rename(at('odd.mp4'), file);
      },
    ],
  ])('with a chunk that %s makes anew what it can not use', async (_, spoil) => {
    await source({ size: '160x90', audio: false });
    await interrupt();
    await spoil(at('ladder', 'work', '90p-0.mp4'));
    await expect(make()).rejects.toMatchObject({ code: 'TRANSCODE_FAILED' });
    await make();
    await expectGrid(await packets(at('ladder', '90p.mp4')), 159, 30);
    expect(await decodeErrors(at('ladder', '90p.mp4'))).toEqual([]);
  });

  test('and finished is found again; where a file of it is lost, that one is made again', async () => {
    await source({ seconds: 2 });
    const made = await make();
    const before = (await stat(at('ladder', '180p.mp4'))).ino;
    expect(await make()).toEqual(made);
    expect(said).toEqual([]);
    await rm(at('ladder', 'audio', '00002.m4s'));
    expect(await make()).toEqual(made);
    expect(said).toHaveLength(1);
    expect((await stat(at('ladder', 'audio', '00002.m4s'))).size).toBeGreaterThan(0);
    expect((await stat(at('ladder', '180p.mp4'))).ino).toBe(before);
  });
});

describe('whatever the source is', () => {
  const sizes = (made: Ladder) =>
    made.renditions.map(({ name, width, height }) => `${name} ${width}x${height}`);

  test.each([
    ['small: never made larger', { size: '128x72' }, ['72p 128x72', 'audio nullxnull']],
    [
      'between two sizes: its own, and those below',
      { size: '256x144' },
      ['144p 256x144', '90p 160x90', 'audio nullxnull'],
    ],
    ['portrait', { size: '202x360' }, ['180p 180x320', '90p 90x160', 'audio nullxnull']],
    ['without sound', { audio: false, size: '160x90' }, ['90p 160x90']],
    [
      'with pixels that are not square',
      { size: '160x180', extra: ['-vf', 'setsar=2'] },
      ['180p 320x180', '90p 160x90', 'audio nullxnull'],
    ],
  ])('%s', async (_, spec, expected) => {
    await source({ seconds: 2.5, ...spec });
    const made = await make();
    expect(sizes(made)).toEqual(expected);
    for (const { name, width, height } of made.renditions.filter((one) => one.width !== null)) {
      const { streams } = await probe(at('ladder', `${name}.mp4`));
      expect(streams[0]).toMatchObject({ width, height, sample_aspect_ratio: '1:1' });
      await expectGrid(await packets(at('ladder', `${name}.mp4`)), 75, 30);
    }
    await publishLadder(dir);
    expect((await master()).variants).toHaveLength(
      made.renditions.filter((one) => one.width !== null).length,
    );
  });

  test.each([
    ['30000/1001', 29.97, 30000 / 1001],
    ['60', 60, 30],
    ['50', 50, 25],
    ['12', 12, 12],
  ])('its rate is kept, or halved: %s', async (rate, _, expected) => {
    await source({ seconds: 4.4, rate, audio: false, size: '160x90' });
    await make();
    const all = await packets(at('ladder', '90p.mp4'));
    await expectGrid(all, Math.round(4.4 * expected), expected);
    const gop = Math.round(expected) / expected;
    keyTimes(all).forEach((time, index) => expect(time).toBeCloseTo(index * gop, 4));
  });

  test('a rate that varies becomes constant, and each instant shows what it showed', async () => {
    // Two pictures a second, then thirty: white from 2.4 s on, just before a chunk's end, and no other picture up to 3 s.
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'color=black:s=160x90:r=30:d=6,drawbox=c=white:t=fill:enable=gte(t\\,1.8)'],
      ...['-vf', "select='lt(t,0.9)+gte(t,1.8)*lt(t,1.82)+gte(t,3)'", '-vsync', 'vfr'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '200', '-pix_fmt', 'yuv420p', at('original.mp4')],
    );
    await make();
    const file = at('ladder', '90p.mp4');
    const all = await packets(file);
    const seconds = Number((await probe(at('original.mp4'))).format.duration);
    const rate = all.length / seconds;
    await expectGrid(all, all.length, Math.round(rate));
    expect(Math.abs(all.length - seconds * Math.round(rate))).toBeLessThan(2);
    expect(await leftEdge(file, 1.7)).toBeLessThan(30);
    for (const instant of [1.95, 2.05, 2.5, 5]) expect(await leftEdge(file, instant)).toBeGreaterThan(200);
  });

  test('sound alone: one rendition', async () => {
    await source({ video: false, seconds: 5.2 });
    const made = await make();
    expect(sizes(made)).toEqual(['audio nullxnull']);
    expect(made.durationMs).toBeCloseTo(5200, -2);
    await publishLadder(dir);
    expect((await master()).variants.map((variant) => variant.uri)).toEqual(['ladder/audio.m3u8']);
    const count = (await packets(at('original.mp4'), 'a')).length;
    for (const file of [at('ladder', 'audio.mp4'), await joined('audio')]) {
      expect(await packets(file, 'a')).toHaveLength(count);
      expect(await decodeErrors(file)).toEqual([]);
    }
    const playlist = HLS.parse(await readFile(at('ladder', 'audio.m3u8'), 'utf8')) as HLS.types.MediaPlaylist;
    expect(playlist.segments).toHaveLength(5);
  });

  test('a picture that ends before the sound does stands still', async () => {
    await ffmpeg(
      ...['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=30:d=1.5', '-f', 'lavfi', '-i', 'sine=r=48000:d=6'],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-pix_fmt',
        'yuv420p',
        '-c:a',
        'aac',
        at('original.mp4'),
      ],
    );
    const made = await make();
    expect(made.durationMs).toBeCloseTo(6000, -2);
    await expectGrid(await packets(at('ladder', '90p.mp4')), Math.round(made.durationMs * 0.03), 30);
  });
});

describe('what can not be read is said, for good', () => {
  const wanted = { code: 'RECORDING_DAMAGED' };

  test('nothing there', async () => {
    await expect(make()).rejects.toMatchObject(wanted);
  });

  test('no movie', async () => {
    await writeFile(at('original.mp4'), 'not a movie'.repeat(1000));
    await expect(make()).rejects.toMatchObject(wanted);
    expect(await readdir(dir)).toEqual(['original.mp4']);
  });

  test('cut short: the chunks before stay, nothing half made does', async () => {
    await source({ seconds: 8 });
    await truncate(at('original.mp4'), Math.floor((await stat(at('original.mp4'))).size * 0.4));
    await expect(make()).rejects.toMatchObject(wanted);
    expect((await readdir(at('ladder', 'work'))).sort()).toEqual(['180p-0.mp4', '90p-0.mp4', 'plan.json']);
    expect(await readdir(at('ladder'))).toEqual(['work']);
  });

  test('an ffmpeg that is not there is worth another try', async () => {
    await source({ seconds: 1 });
    await expect(make({ ffmpegPath: '/nonexistent/ffmpeg' })).rejects.toMatchObject({
      code: 'TRANSCODE_FAILED',
    });
  });
});

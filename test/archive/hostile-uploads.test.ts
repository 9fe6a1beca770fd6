import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inspectImage } from '../../src/media/upload/inspect-image';
import { inspectVideo, type InspectedVideo } from '../../src/media/upload/inspect-video';
import type { PreviewProfile, ThumbnailProfile } from '../../src/domain/picture-profiles';
import { makePreview, makeThumbnail } from '../../src/media/upload/make-pictures';
import { prepareSource } from '../../src/media/upload/prepare-source';
import { runFfmpeg } from '../../src/media/archive/ffmpeg-job';
import { planLadder } from '../../src/media/ladder/plan';
import { DEFAULT_VIDEO_PROFILE } from '../../src/domain/video-profile';
import { ffmpeg } from '../support/ffmpeg';
import { probe } from './support/run';

const THUMBNAIL: ThumbnailProfile = { format: 'JPEG', longSide: 1280, atFraction: 0.1 };
const PREVIEW: PreviewProfile = { format: 'MP4', longSide: 640, atFraction: 0.1, seconds: 6, frameRate: 15 };

jest.setTimeout(30_000);
const execute = promisify(execFile);
const TOOLS = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
const { signal } = new AbortController();
let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'showrunner-hostile-'));
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=10:duration=3'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3:sample_rate=48000'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10', '-c:a', 'aac'],
    at('victim.mp4'),
  );
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const refused = { code: 'UPLOAD_REFUSED' };
const inspect = (file: string): Promise<InspectedVideo> => inspectVideo('ffprobe', file, signal);
const look = (file: string) => inspectImage(TOOLS, file, signal);

/** A file with that content, without an end, as uploads have none. */
async function upload(content: string | Buffer): Promise<string> {
  const file = at(`upload-${Math.random().toString(36).slice(2)}`);
  await writeFile(file, content);
  return file;
}

/** What it would do without a guard: does a plain ffmpeg make a movie of it? */
async function plainFfmpegCopies(file: string): Promise<boolean> {
  const out = at('stolen.mp4');
  await execute('ffmpeg', [
    '-v',
    'error',
    '-nostdin',
    '-y',
    '-i',
    file,
    '-c',
    'copy',
    '-f',
    'mp4',
    out,
  ]).catch(() => null);
  const { size } = await stat(out).catch(() => ({ size: 0 }));
  await rm(out, { force: true });
  return size > 0;
}

const prepare = (original: string, inspected: InspectedVideo) =>
  prepareSource({
    ...TOOLS,
    original,
    inspected,
    target: at('prepared.mp4'),
    signal,
    onProgress: () => undefined,
  });
const asMovie: InspectedVideo = {
  extension: 'mp4',
  durationMs: null,
  video: { codec: 'h264', width: 320, height: 180 },
  audio: { codec: 'aac' },
};

describe('a document that leads elsewhere', () => {
  const scripts: [string, (victim: string) => string, boolean][] = [
    [
      'an HLS playlist',
      (victim) => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://${victim}\n#EXT-X-ENDLIST\n`,
      false,
    ],
    ['a concat script', (victim) => `ffconcat version 1.0\nfile '${victim.split('/').pop()}'\n`, true],
    [
      'a DASH manifest',
      (victim) =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1" codecs="avc1.4d401e" width="320" height="180"><BaseURL>${victim}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
      false,
    ],
  ];

  it.each(scripts)('%s is no movie, and its target is not read', async (_what, script, isTaken) => {
    const file = await upload(script(at('victim.mp4')));
    if (isTaken) expect(await plainFfmpegCopies(file)).toBe(true);
    await expect(inspect(file)).rejects.toMatchObject(refused);
    // Nor where the look before was passed: each ffmpeg has the guard of its own.
    await expect(prepare(file, asMovie)).rejects.toMatchObject({
      code: expect.stringMatching(/DAMAGED|FAILED/),
    });
    const picture = { ffmpegPath: 'ffmpeg', signal, durationMs: 3_000, source: file };
    const target = at('picture');
    await expect(makeThumbnail({ ...picture, target }, THUMBNAIL)).rejects.toThrow();
    await expect(makePreview({ ...picture, target }, PREVIEW)).rejects.toThrow();
    await expect(look(file)).rejects.toMatchObject(refused);
  });

  it('a playlist of MPEG-TS, which a plain ffmpeg copies into the output', async () => {
    await ffmpeg('-i', at('victim.mp4'), '-c', 'copy', '-f', 'mpegts', at('victim.ts'));
    const file = await upload('#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nvictim.ts\n#EXT-X-ENDLIST\n');
    expect(await plainFfmpegCopies(file)).toBe(true);
    await expect(inspect(file)).rejects.toMatchObject(refused);
    await expect(prepare(file, asMovie)).rejects.toMatchObject({
      code: expect.stringMatching(/DAMAGED|FAILED/),
    });
  });

  it('tells no path of ours', async () => {
    const file = await upload('#EXTM3U\n#EXTINF:10,\nvictim.mp4\n');
    const error = (await inspect(file).catch((it: unknown) => it)) as Error;
    expect(error.message).not.toContain(dir);
  });
});

describe('what is no movie', () => {
  it.each([
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['nothing', ''],
    ['zeros', Buffer.alloc(100_000)],
    ['text', 'hello\n'.repeat(1_000)],
    ['subtitles', '1\n00:00:00,000 --> 00:00:01,000\nhello\n'],
  ])('%s named src.mp4', async (_what, content) => {
    const file = await upload(content);
    await expect(inspect(file)).rejects.toMatchObject(refused);
    await expect(look(file)).rejects.toMatchObject(refused);
  });

  it('a picture is none, and a movie is no picture', async () => {
    await ffmpeg(
      '-i',
      at('victim.mp4'),
      '-frames:v',
      '1',
      '-f',
      'image2',
      '-c:v',
      'png',
      '-update',
      '1',
      at('picture.png'),
    );
    await expect(inspect(await upload(await readFile(at('picture.png'))))).rejects.toMatchObject(refused);
    await expect(look(at('victim.mp4'))).rejects.toMatchObject(refused);
  });
});

describe('a thumbnail', () => {
  const image = async (name: string, ...args: string[]): Promise<string> => {
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=160x90:rate=1:duration=1',
      '-frames:v',
      '1',
      '-update',
      '1',
      ...args,
      at(name),
    );
    return upload(await readFile(at(name)));
  };

  it('is a JPEG, a PNG or a WebP, whatever it is called', async () => {
    expect(await look(await image('a.jpg'))).toEqual({ extension: 'jpg' });
    expect(await look(await image('a.png'))).toEqual({ extension: 'png' });
    expect(await look(await image('a.webp'))).toEqual({ extension: 'webp' });
    await expect(look(await image('a.gif'))).rejects.toMatchObject(refused);
    await expect(look(await image('a.bmp'))).rejects.toMatchObject(refused);
  });

  it('is refused with 100 million pixels before they are decoded', async () => {
    const flat = ['-f', 'lavfi', '-i', 'color=c=gray:size=10000x10000:rate=1:duration=1', '-frames:v', '1'];
    await ffmpeg(
      ...flat,
      '-compression_level',
      '1',
      '-pred',
      'none',
      '-pix_fmt',
      'gray',
      '-c:v',
      'png',
      '-update',
      '1',
      at('huge.png'),
    );
    expect((await stat(at('huge.png'))).size).toBeLessThan(1_000_000);
    await expect(look(at('huge.png'))).rejects.toMatchObject(refused);
  });

  it('is refused when it is cut short, or claims what it has not', async () => {
    const whole = await readFile(at('a.png'));
    await expect(look(await upload(whole.subarray(0, whole.length / 2)))).rejects.toMatchObject(refused);
    await expect(look(await upload(whole.subarray(0, 8)))).rejects.toMatchObject(refused);
    const svg = Buffer.from('\x89PNG\r\n\x1a\n<svg xmlns="http://www.w3.org/2000/svg"/>', 'latin1');
    await expect(look(await upload(svg))).rejects.toMatchObject(refused);
  });
});

/** A box of MP4. */
const box = (type: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const u32 = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value >>> 0, index * 4));
  return buffer;
};

describe('a movie', () => {
  it('that lacks its end is told so, not shown as whole', async () => {
    await ffmpeg('-i', at('victim.mp4'), '-c', 'copy', '-movflags', '+faststart', at('fast.mp4'));
    const { size } = await stat(at('fast.mp4'));
    await truncate(at('fast.mp4'), Math.floor(size / 4));
    const inspected = await inspect(at('fast.mp4'));
    await expect(prepare(at('fast.mp4'), inspected)).rejects.toMatchObject({ code: 'RECORDING_DAMAGED' });
    // Without its index nothing of it can be read.
    const tail = await upload((await readFile(at('victim.mp4'))).subarray(0, 5_000));
    await expect(inspect(tail)).rejects.toMatchObject(refused);
  });

  it('with an index that unpacks to gigabytes takes no gigabytes', async () => {
    // cmov: a moov in zlib, which says itself how large it becomes.
    const packed = box('cmvd', u32(0xfffffff0), Buffer.alloc(64, 0x78));
    const bomb = Buffer.concat([
      box('ftyp', Buffer.from('isom\x00\x00\x02\x00isommp41', 'latin1')),
      box('moov', box('cmov', box('dcom', Buffer.from('zlib')), packed)),
    ]);
    const started = performance.now();
    await expect(inspect(await upload(bomb))).rejects.toMatchObject(refused);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('with a table of two billion samples of one size takes no gigabytes', async () => {
    const movie = await readFile(at('victim.mp4'));
    const place = movie.indexOf('stsz');
    // version, size of all samples, how many: no table stands behind it.
    movie.writeUInt32BE(1, place + 8);
    movie.writeUInt32BE(0x7ffffff0, place + 12);
    const file = await upload(movie);
    const inspected = await inspect(file);
    await expect(prepare(file, inspected)).rejects.toMatchObject({ code: 'RECORDING_DAMAGED' });
  });

  it('that lasts longer than a day is refused', async () => {
    const movie = await readFile(at('victim.mp4'));
    // Each sample of sound lasts a second: 40 hours of them. Edit lists, which say otherwise, are hidden.
    for (let from = movie.indexOf('mdhd'); from > 0; from = movie.indexOf('mdhd', from + 4))
      movie.writeUInt32BE(1, from + 16);
    for (let from = movie.indexOf('elst'); from > 0; from = movie.indexOf('elst', from + 4))
      movie.write('free', from, 'latin1');
    await expect(inspect(await upload(movie))).rejects.toMatchObject(refused);
  });

  it('of 40 million pixels is refused', async () => {
    const large = ['-f', 'lavfi', '-i', 'color=size=8000x5000:rate=1:duration=1', '-frames:v', '1'];
    await ffmpeg(...large, '-c:v', 'mpeg4', '-f', 'mp4', at('large.mp4'));
    await expect(inspect(at('large.mp4'))).rejects.toMatchObject(refused);
  });

  it('is read under a bound of memory that the system holds', async () => {
    const tool = at('probe');
    await writeFile(tool, `#!/bin/sh\nulimit -v > '${at('limit')}'\nexec ffprobe "$@"\n`, { mode: 0o755 });
    await inspectVideo(tool, at('victim.mp4'), signal);
    expect(Number(await readFile(at('limit'), 'utf8'))).toBe(6 * 1024 * 1024);
  });

  it('that keeps ffmpeg busy is ended by its deadline', async () => {
    const endless = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-f', 'null', '-'];
    const job = { path: 'ffmpeg', args: endless, output: null, signal, hostile: { deadlineMs: 300 } };
    await expect(runFfmpeg(job)).rejects.toMatchObject({ code: 'RECORDING_DAMAGED' });
  });

  it('is killed with the work that it is for', async () => {
    const stop = new AbortController();
    const endless = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-f', 'null', '-'];
    const running = runFfmpeg({
      ...{
        path: 'ffmpeg',
        args: endless,
        output: null,
        signal: stop.signal,
        hostile: { deadlineMs: 60_000 },
      },
    });
    stop.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });
});

describe('what is taken', () => {
  const movie = async (name: string, ...args: string[]): Promise<string> => {
    await ffmpeg('-i', at('victim.mp4'), ...args, at(name));
    return upload(await readFile(at(name)));
  };

  it.each([
    ['mp4', ['-c', 'copy', '-f', 'mp4']],
    ['mov', ['-c', 'copy', '-f', 'mov']],
    ['mkv', ['-c', 'copy', '-f', 'matroska']],
    ['ts', ['-c', 'copy', '-f', 'mpegts']],
    ['flv', ['-c', 'copy', '-f', 'flv']],
    ['webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus', '-f', 'webm']],
    ['m4a', ['-vn', '-c:a', 'copy', '-f', 'mp4']],
  ])('%s, and an MP4 is made of it', async (extension, args) => {
    const file = await movie(`taken.${extension}`, ...args);
    const inspected = await inspect(file);
    expect(inspected.extension).toBe(extension);
    const { durationMs } = await prepare(file, inspected);
    expect(durationMs / 1000).toBeCloseTo(3, 0);
    const { streams } = await probe(at('prepared.mp4'));
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(
      extension === 'm4a' ? ['aac'] : ['h264', 'aac'],
    );
    await rm(at('prepared.mp4'));
  });

  it('a phone’s upright movie becomes an upright ladder', async () => {
    const turned = await movie('turned.mp4', '-c', 'copy', '-metadata:s:v:0', 'rotate=90');
    await prepare(turned, await inspect(turned));
    const plan = await planLadder({
      ...{ original: at('prepared.mp4'), profile: DEFAULT_VIDEO_PROFILE, chunkSeconds: 60 },
      ...{ ffprobePath: 'ffprobe', signal },
    });
    expect(plan.video?.renditions.map(({ width, height }) => [width, height])).toEqual([[180, 320]]);
    await rm(at('prepared.mp4'));
  });

  it('gives a thumbnail and a short silent preview', async () => {
    const made = { source: at('victim.mp4'), durationMs: 3_000, ffmpegPath: 'ffmpeg', signal };
    expect(await makeThumbnail({ ...made, target: at('thumbnail.jpg') }, THUMBNAIL)).toBeGreaterThan(1_000);
    expect(await look(at('thumbnail.jpg'))).toEqual({ extension: 'jpg' });
    await makePreview({ ...made, target: at('preview.mp4') }, PREVIEW);
    const { streams } = await probe(at('preview.mp4'));
    expect(streams.map(({ codec_name, width }) => [codec_name, width])).toEqual([['h264', 320]]);
  });

  it('gives them as their profiles say', async () => {
    const made = { source: at('victim.mp4'), durationMs: 3_000, ffmpegPath: 'ffmpeg', signal };
    await makeThumbnail({ ...made, target: at('own.png') }, { format: 'PNG', longSide: 160, atFraction: 0 });
    await makeThumbnail(
      { ...made, target: at('late.png') },
      { format: 'PNG', longSide: 160, atFraction: 0.9 },
    );
    expect(await look(at('own.png'))).toEqual({ extension: 'png' });
    expect((await probe(at('own.png'))).streams).toMatchObject([{ codec_name: 'png', width: 160 }]);
    expect((await readFile(at('own.png'))).equals(await readFile(at('late.png')))).toBe(false);
    // It begins earlier than that where the rest is too short.
    const own = { ...PREVIEW, longSide: 96, atFraction: 0.9, seconds: 2, frameRate: 5 };
    await makePreview({ ...made, target: at('own.mp4') }, own);
    expect((await probe(at('own.mp4'))).streams).toMatchObject([{ width: 96, nb_frames: '10' }]);
  });
});

import { BoxSplitter } from '../../../src/media/mp4/box-splitter';
import { parseFragment, shiftDecodeTime, type Fragment } from '../../../src/media/mp4/fragment';
import { parseInit, type InitInfo } from '../../../src/media/mp4/init';
import { splitAudioFragment } from '../../../src/media/mp4/split-audio';
import { copyPlan, transcodePlan } from '../../../src/media/ffmpeg/args';
import { ladderFor, outputFrameRate } from '../../../src/media/ffmpeg/ladder';
import { FfmpegProcess } from '../../../src/media/ffmpeg/process';
import { pino } from 'pino';
import { encodeTag, flvFileHeader } from '../../../src/media/flv';
import { sourceTags } from '../plane/harness';

interface Parsed {
  init: InitInfo;
  fragments: Fragment[];
}

/** What ffmpeg really writes, through splitter and parsers. */
async function packaged(mode: 'copy' | 'transcode'): Promise<Parsed[]> {
  const plan =
    mode === 'copy'
      ? copyPlan({ video: true, audio: true })
      : transcodePlan(ladderFor({ width: 640, height: 360 }, 30), { audio: true });
  const outputs = plan.tracks.length;
  const ffmpeg = new FfmpegProcess({
    path: 'ffmpeg',
    args: plan.args,
    outputs,
    log: pino({ level: 'silent' }),
  });
  const tags = await sourceTags({ seconds: 4 });
  ffmpeg.feed(flvFileHeader({ audio: true, video: true }));
  for (const tag of tags) ffmpeg.feed(encodeTag(tag));
  const parsed = Promise.all(ffmpeg.outputs.map((output) => parseOutput(output)));
  expect(await ffmpeg.stop()).toMatchObject({ code: 0, signal: null, stuck: false });
  return parsed;
}

async function parseOutput(output: AsyncIterable<Buffer>): Promise<Parsed> {
  const splitter = new BoxSplitter();
  const fragments: Fragment[] = [];
  let init: InitInfo | null = null;
  let moof: Buffer | null = null;
  for await (const chunk of output) {
    for (const { type, bytes } of splitter.push(chunk)) {
      if (type === 'moov') init = parseInit(bytes);
      else if (type === 'moof') moof = bytes;
      else if (type === 'mdat') fragments.push(parseFragment(moof!, bytes, init!));
    }
  }
  return { init: init!, fragments };
}

test('fragments of copied and of encoded tracks are understood', async () => {
  for (const mode of ['copy', 'transcode'] as const) {
    const [video, audio] = (await packaged(mode)) as [Parsed, Parsed];
    expect(video.init).toMatchObject({
      kind: 'video',
      width: 640,
      height: 360,
      codec: expect.stringMatching(/^avc1\.[0-9a-f]{6}$/),
    });
    expect(audio.init).toMatchObject({
      kind: 'audio',
      codec: 'mp4a.40.2',
      timescale: mode === 'copy' ? 44_100 : 48_000,
    });
    for (const { init, fragments } of [video, audio]) {
      const totalS = fragments.reduce((sum, { duration }) => sum + duration, 0) / init.timescale;
      expect(totalS).toBeGreaterThan(3.9);
      expect(totalS).toBeLessThan(4.2);
      for (const { samples, mdat } of fragments) {
        expect(samples.reduce((sum, { size }) => sum + size, 8)).toBe(mdat.length);
      }
    }
    const keys = video.fragments.filter(({ startsWithSync }) => startsWithSync);
    expect(keys.map(({ start }) => Math.round((start / video.init.timescale) * 10))).toEqual(
      mode === 'copy' ? [100, 120] : [100, 110, 120, 130],
    );
  }
});

test('decode times move in 64 bits', async () => {
  const [{ init, fragments }] = (await packaged('copy')) as [Parsed];
  const fragment = fragments[0]!;
  const years = 10 * 365 * 86_400 * init.timescale;
  const before = fragment.start;
  shiftDecodeTime(fragment, years);
  expect(parseFragment(fragment.moof, fragment.mdat, init).start).toBe(before + years);
  expect(() => shiftDecodeTime(fragment, -2 * years)).toThrow('negative');
});

test('an audio fragment splits into two that hold the same samples', async () => {
  const { init, fragments } = (await packaged('transcode'))[1]!;
  const whole = fragments[2]!;
  const at = whole.start + 7 * 1024 + 100;
  const [before, after] = splitAudioFragment(whole, at) as [Fragment, Fragment];
  const [one, two] = [before, after].map((half) => parseFragment(half.moof, half.mdat, init));
  expect([one!.samples.length, two!.samples.length]).toEqual([7, whole.samples.length - 7]);
  expect([one!.start, two!.start]).toEqual([whole.start, whole.start + 7 * 1024]);
  expect(one!.duration + two!.duration).toBe(whole.duration);
  expect(Buffer.concat([before.mdat.subarray(8), after.mdat.subarray(8)])).toEqual(whole.mdat.subarray(8));
  // The data offset points just behind the mdat's header: 8 bytes before the table's first entry lies the offset field.
  expect(one!.moof.readInt32BE(one!.moof.length - 7 * 8 - 4)).toBe(one!.moof.length + 8);
  expect(splitAudioFragment(whole, whole.start)).toEqual([null, whole]);
  expect(splitAudioFragment(whole, whole.start + whole.duration)).toEqual([whole, null]);
});

describe('the splitter', () => {
  const box = (type: string, size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32BE(size);
    bytes.write(type, 4, 'latin1');
    return bytes;
  };

  test('takes bytes however they come', () => {
    const stream = Buffer.concat([box('moof', 20), box('mdat', 8), box('free', 33)]);
    const splitter = new BoxSplitter();
    const boxes = [...stream].flatMap((byte) => splitter.push(Buffer.from([byte])));
    expect(boxes.map(({ type, bytes }) => [type, bytes.length])).toEqual([
      ['moof', 20],
      ['mdat', 8],
      ['free', 33],
    ]);
    expect(new BoxSplitter().push(stream)).toHaveLength(3);
    expect(splitter.pendingBytes).toBe(0);
  });

  test('refuses sizes before it takes memory for them', () => {
    for (const size of [0, 7, 1000]) {
      const bad = box('mdat', 16);
      bad.writeUInt32BE(size);
      expect(() => new BoxSplitter(999).push(bad)).toThrow('a size of');
    }
    const large = box('mdat', 16);
    large.writeUInt32BE(1);
    large.writeBigUInt64BE(1n << 60n, 8);
    expect(() => new BoxSplitter().push(large)).toThrow('a size of');
  });
});

test('the ladder never upscales, keeps the shape, and caps the frame rate', () => {
  const sizes = (width: number, height: number) =>
    ladderFor({ width, height }, 30).map((rung) => [rung.id, rung.width, rung.height]);
  expect(sizes(1920, 1080)).toEqual([
    ['v720', 1280, 720],
    ['v360', 640, 360],
  ]);
  expect(sizes(720, 1280)).toEqual([
    ['v720', 720, 1280],
    ['v360', 360, 640],
  ]);
  expect(sizes(854, 480)).toEqual([
    ['v480', 854, 480],
    ['v360', 640, 360],
  ]);
  expect(sizes(640, 360)).toEqual([['v360', 640, 360]]);
  expect(sizes(321, 181)).toEqual([['v182', 322, 182]]);
  expect([60, 29.97, 25, 0, null].map((rate) => outputFrameRate(rate))).toEqual([30, 30, 25, 30, 30]);
});

import { readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { XMLParser } from 'fast-xml-parser';
import type { LadderProgress, LadderRequest } from '../../src/media/ladder/make-ladder';
import { publishLadder } from '../../src/media/ladder/publish-ladder';
import { ffmpeg, ffprobe } from '../support/ffmpeg';
import {
  PROFILE,
  OUTPUT_OFFSET_SECONDS,
  at,
  dir,
  said,
  make,
  source,
  packets,
  joined,
  keyTimes,
  expectGrid,
  master,
} from './support/ladder';
import { decodeErrors, lowestSimilarity, packetHash, probe } from './support/run';

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

/** An x264 of two threads and a bounded rate does not write the same bytes twice: what is seen, when, and the sound are the same. */
async function expectSameMovie(file: string, other: string): Promise<void> {
  const shown = async (movie: string) => {
    const all = await packets(movie);
    return { pts: all.map(({ pts }) => pts).sort((a, b) => a - b), keys: keyTimes(all) };
  };
  expect(await shown(file)).toEqual(await shown(other));
  expect(await packetHash(file, 'a')).toBe(await packetHash(other, 'a'));
  // The next frame has 0.90 at its lowest, two encodes of the same one 0.978 (measured on this picture).
  expect(await lowestSimilarity(file, other)).toBeGreaterThan(0.95);
}

test('by a profile of MP4s alone there is no HLS and no DASH, and none is left of before', async () => {
  await source();
  for (const name of ['master.m3u8', 'manifest.mpd', 'v180.m3u8'])
    await writeFile(at(name), 'of the live segments');
  const profile = { ...PROFILE, format: 'MP4' as const };
  const made = await make({ profile });
  expect(made.renditions.map(({ name, segmentBytes }) => [name, segmentBytes])).toEqual([
    ['180p', 0],
    ['90p', 0],
  ]);
  for (const { name, mp4Bytes } of made.renditions) {
    expect((await stat(at('ladder', `${name}.mp4`))).size).toBe(mp4Bytes);
    const { streams } = await probe(at('ladder', `${name}.mp4`));
    expect(streams.map((stream) => stream.codec_name).sort()).toEqual(['aac', 'h264']);
  }
  expect((await readdir(at('ladder'))).sort()).toEqual(['180p.mp4', '90p.mp4', 'ladder.json']);
  await publishLadder(dir);
  // Who holds its playlist goes on watching; nobody new finds it.
  expect((await readdir(dir)).sort()).toEqual(['ladder', 'original.mp4', 'v180.m3u8']);
  expect(await make({ profile })).toEqual(made);
});

test('of sound alone a profile of MP4s makes one of the sound', async () => {
  await source({ video: false, seconds: 2 });
  const { renditions } = await make({ profile: { ...PROFILE, format: 'MP4' } });
  expect(renditions).toEqual([
    { name: 'audio', width: null, height: null, mp4Bytes: expect.any(Number), segmentBytes: 0 },
  ]);
  expect((await readdir(at('ladder'))).sort()).toEqual(['audio.mp4', 'ladder.json']);
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
    await rename(at('ladder', '90p.mp4'), at('whole.mp4'));
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
    await expectSameMovie(at('ladder', '90p.mp4'), at('whole.mp4'));
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

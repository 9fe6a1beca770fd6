import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import * as HLS from 'hls-parser';
import type { Ladder } from '../../src/media/ladder/make-ladder';
import { publishLadder } from '../../src/media/ladder/publish-ladder';
import { ffmpeg } from '../support/ffmpeg';
import { at, dir, make, source, packets, joined, keyTimes, expectGrid, master } from './support/ladder';
import { decodeErrors, leftEdge, probe } from './support/run';

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
    // One white picture at 1.8 s that stands up to 3 s, over a chunk's end; dark before and after.
    await ffmpeg(
      ...[
        '-f',
        'lavfi',
        '-i',
        'color=black:s=160x90:r=30:d=6,drawbox=c=white:t=fill:enable=between(t\\,1.8\\,2.9)',
      ],
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
    for (const instant of [1.95, 2.05, 2.9]) expect(await leftEdge(file, instant)).toBeGreaterThan(200);
    for (const instant of [3.15, 5]) expect(await leftEdge(file, instant)).toBeLessThan(30);
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

describe('what can not be read is for good', () => {
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

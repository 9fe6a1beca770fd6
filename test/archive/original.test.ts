import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { liveRanges } from '../../src/media/archive/live-ranges';
import { makeOriginal, type Original } from '../../src/media/archive/make-original';
import { sourceFromRaw } from '../../src/media/archive/part-source';
import { scanRaw } from '../../src/media/archive/raw-cut';
import { liveDurationMs } from '../../src/media/vod/plan';
import type { TimelineIndex } from '../../src/media/timeline/types';
import { StorageLayout } from '../../src/storage/layout';
import { mergeSessions } from './support/merge';
import { recordBroadcast, type SessionSpec } from './support/recording';
import { decodeErrors, leftEdge, probe } from './support/run';

let root: string;
let layout: StorageLayout;
let said: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'showrunner-original-'));
  layout = new StorageLayout(root);
  said = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const vodDir = () => layout.vodDir('post');
const original = () => join(vodDir(), 'original.mp4');
const make = (specs: SessionSpec[]) => recordBroadcast(layout, 'broadcast', specs);

function archive(
  index: TimelineIndex,
  options: { signal?: AbortSignal; onProgress?(percent: number): void } = {},
): Promise<Original> {
  return makeOriginal({
    layout,
    index,
    vodDir: vodDir(),
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    log: pino({ level: 'warn' }, { write: (line: string) => said.push(line) }),
    signal: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => {}),
  });
}

async function expectWhole(index: TimelineIndex, made: Original, kinds: string[]): Promise<void> {
  const probed = await probe(original());
  expect(probed.streams.map((stream) => stream.codec_type).sort()).toEqual(kinds);
  const liveMs = liveDurationMs(index);
  expect(Math.abs(Number(probed.format.duration) * 1000 - liveMs)).toBeLessThan(2000);
  expect(made.durationMs).toBeCloseTo(Number(probed.format.duration) * 1000, -1);
  expect(made.bytes).toBe((await stat(original())).size);
  expect(await decodeErrors(original())).toEqual([]);
  // Nothing else is left: no temporary file, no work folder.
  expect((await readdir(vodDir())).filter((name) => name !== 'original.mp4')).toEqual([]);
}

test('two sessions with the same headers are copied, from go live on, without the pause', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 8, previewSeconds: 2 },
    { sessionId: 'two', seconds: 4 },
  ]);
  const progress: number[] = [];
  const made = await archive(index, { onProgress: (percent) => progress.push(percent) });
  await expectWhole(index, made, ['audio', 'video']);
  expect(made.durationMs / 1000).toBeCloseTo(10, 0);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(100);
  expect(said).toEqual([]);
});

test('each track is as long as what was live, and both stay in step over the join', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 6 },
    { sessionId: 'two', seconds: 6 },
  ]);
  await archive(index);
  const { streams } = await probe(original());
  for (const stream of streams) expect(Number(stream.duration)).toBeCloseTo(12, 0);
});

test('sessions of different size are encoded onto one canvas', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 4, video: { size: '160x90' } },
    { sessionId: 'two', seconds: 4, video: { size: '90x160' } },
  ]);
  const made = await archive(index);
  await expectWhole(index, made, ['audio', 'video']);
});

describe('a session whose picture changes its size', () => {
  const sizes = async (atMs: number, seconds = 8, audio = true): Promise<TimelineIndex> => {
    const index = await make([
      { sessionId: 'one', seconds, audio, previewSeconds: 2, video: { size: '160x90' } },
      { sessionId: 'two', seconds: 8, audio, video: { size: '120x90' } },
    ]);
    await mergeSessions(layout, index, atMs);
    return index;
  };

  // A frame later as it should be; a little too early or late, as encoders are that restart.
  test.each([8_020, 7_950, 8_300])('at %d ms is encoded, whole, from the raw recording', async (atMs) => {
    const index = await sizes(atMs);
    const made = await archive(index);
    await expectWhole(index, made, ['audio', 'video']);
    const { streams } = await probe(original());
    for (const stream of streams) expect(Math.abs(Number(stream.duration) - 14)).toBeLessThan(0.5);
    // The smaller picture stands between black bars, from its first frame on.
    expect(await leftEdge(original(), 5.5)).toBeGreaterThan(40);
    expect(await leftEdge(original(), 6.4)).toBeLessThan(20);
    expect(said).toEqual([]);
  });

  test('the frames of one part are never taken into the other', async () => {
    // The first part has a key frame at 8.0 s, and the second is said to begin there; the second's frames come in 200 ms
    // before the first ends.
    const index = await sizes(8_300, 8.5, false);
    index.parts[1]!.sessionStartMs = 8_050;
    for (const choice of ['after', 'before'] as const) {
      for (const range of liveRanges(index)) {
        const cut = await scanRaw(layout.rawRecording('one'), range, choice);
        const source = await sourceFromRaw(root, cut!, new AbortController().signal);
        expect(await decodeErrors(source.video!)).toEqual([]);
        expect((await probe(source.video!)).streams[0]).toMatchObject({ width: [160, 120][range.part.part] });
      }
    }
  });

  test('its clock set back without a sound: the live segments tell what was live', async () => {
    const index = await sizes(0, 8, false);
    await expectWhole(index, await archive(index), ['video']);
    expect(said.filter((line) => line.includes('using the live segments'))).toHaveLength(2);
  });

  test.each([0, 4_000])('its clock set back to %d ms: the live segments tell what was live', async (atMs) => {
    const index = await sizes(atMs);
    await expectWhole(index, await archive(index), ['audio', 'video']);
    expect(said.filter((line) => line.includes('using the live segments'))).toHaveLength(2);
  });
});

test('a picture that starts long after go live is encoded, not lost', async () => {
  const index = await make([
    {
      sessionId: 'one',
      seconds: 10,
      previewSeconds: 2,
      video: { size: '160x90', gopSeconds: 8 },
      ladder: true,
    },
  ]);
  const made = await archive(index);
  await expectWhole(index, made, ['audio', 'video']);
  const { streams } = await probe(original());
  for (const stream of streams) expect(Number(stream.duration)).toBeCloseTo(8, 0);
});

test('a picture that starts soon after go live starts the original, with its sound', async () => {
  // Segments begin at 0, 2, 4, ... s, pictures at 0, 3, 6 s: the first after go live is a second late.
  const index = await make([
    {
      sessionId: 'one',
      seconds: 8,
      previewSeconds: 2,
      video: { size: '160x90', gopSeconds: 3 },
      ladder: true,
    },
  ]);
  await expectWhole(index, await archive(index), ['audio', 'video']);
  expect(said).toEqual([]);
  const { streams } = await probe(original());
  for (const stream of streams) expect(Number(stream.start_time)).toBeLessThan(0.1);
  for (const stream of streams) expect(Number(stream.duration)).toBeCloseTo(5, 0);
});

test('audio only, and video only', async () => {
  const audio = await make([{ sessionId: 'one', seconds: 4, video: null }]);
  await expectWhole(audio, await archive(audio), ['audio']);
  await rm(root, { recursive: true });
  const video = await make([{ sessionId: 'two', seconds: 4, audio: false }]);
  await expectWhole(video, await archive(video), ['video']);
});

test('a session without sound beside one with sound', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 4, audio: false },
    { sessionId: 'two', seconds: 4 },
  ]);
  await expectWhole(index, await archive(index), ['audio', 'video']);
});

test('a raw recording that is gone, or cut short, is replaced by the live segments', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 6, previewSeconds: 2 },
    { sessionId: 'two', seconds: 6, ladder: true },
    { sessionId: 'three', seconds: 4 },
  ]);
  await rm(layout.rawRecording('one'));
  await truncate(layout.rawRecording('two'), Math.floor((await stat(layout.rawRecording('two'))).size / 3));
  const made = await archive(index);
  await expectWhole(index, made, ['audio', 'video']);
  expect(said.filter((line) => line.includes('using the live segments'))).toHaveLength(2);
});

test('a picture that is lost is not made up for by the sound', async () => {
  const index = await make([{ sessionId: 'one', seconds: 12 }]);
  await rm(layout.rawRecording('one'));
  const { part, tracks } = index.segments[1]!;
  const [video] = index.parts[part]!.tracks.filter(({ kind }) => kind === 'video');
  const file = join(layout.trackDir('one', 0, video!.id), tracks[video!.id]!.file);
  await writeFile(file, randomBytes(20_000));
  await expect(archive(index)).rejects.toMatchObject({ code: 'ORIGINAL_NOT_VERIFIED' });
  expect(await readdir(vodDir())).toEqual([]);
});

test('a torn last tag costs nothing', async () => {
  const index = await make([{ sessionId: 'one', seconds: 6 }]);
  const raw = layout.rawRecording('one');
  await truncate(raw, (await stat(raw)).size - 7);
  await expectWhole(index, await archive(index), ['audio', 'video']);
  expect(said).toEqual([]);
});

test('a verified original is kept; a broken one is made again', async () => {
  const index = await make([{ sessionId: 'one', seconds: 4 }]);
  await archive(index);
  const old = new Date('2026-01-01');
  await utimes(original(), old, old);
  await archive(index);
  expect((await stat(original())).mtime).toEqual(old);
  await writeFile(original(), 'not a movie');
  await expectWhole(index, await archive(index), ['audio', 'video']);
});

test('an abort kills ffmpeg and leaves nothing', async () => {
  const index = await make([
    { sessionId: 'one', seconds: 6, video: { size: '640x360' } },
    { sessionId: 'two', seconds: 6, video: { size: '360x640' } },
  ]);
  const abort = new AbortController();
  const work = archive(index, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('cancelled')),
  });
  await expect(work).rejects.toThrow('cancelled');
  expect(await readdir(vodDir())).toEqual([]);
});

test('nothing recorded, and nothing left of what was recorded, are told apart', async () => {
  const index = await make([{ sessionId: 'one', seconds: 4 }]);
  await expect(archive({ ...index, segments: [] })).rejects.toMatchObject({ code: 'EMPTY_RECORDING' });
  await rm(layout.sessionDir('one'), { recursive: true });
  await expect(archive(index)).rejects.toMatchObject({ code: 'RECORDING_DAMAGED' });
  expect(await readdir(vodDir())).toEqual([]);
});

test('what is left of a killed attempt is cleared away', async () => {
  const index = await make([{ sessionId: 'one', seconds: 4 }]);
  await mkdir(join(vodDir(), '.work-dead'), { recursive: true });
  await writeFile(join(vodDir(), '.work-dead', 'copy.mp4'), 'half');
  await expectWhole(index, await archive(index), ['audio', 'video']);
});

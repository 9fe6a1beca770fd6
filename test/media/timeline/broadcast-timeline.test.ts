import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BroadcastTimeline } from '../../../src/media/timeline/broadcast-timeline';
import { isEndedTimeline, readTimeline } from '../../../src/media/timeline/read';
import { StorageLayout } from '../../../src/storage/layout';
import { withFilesUpTo } from '../../support/file-limit';
import { GO_LIVE_AT, part, segment } from './records';

const FIRST = { mode: 'CMAF' as const, goLiveAt: GO_LIVE_AT };
let layout: StorageLayout;
beforeEach(async () => {
  layout = new StorageLayout(await mkdtemp(join(tmpdir(), 'showrunner-timeline-')));
});
afterEach(() => rm(layout.root, { recursive: true, force: true }));

const open = async (): Promise<BroadcastTimeline> =>
  (await BroadcastTimeline.openOrCreate(layout, 'show', FIRST))!;
const file = (): string => layout.timeline('show');

test('the first public segment is the first that starts at or after the go-live mark', async () => {
  const timeline = await open();
  const one = part('s1', 0, 0);
  const taken: boolean[] = [];
  for (const startMs of [7_000, 9_999, 10_000, 12_000])
    taken.push(await timeline.add(one, segment(startMs, 2_000)));
  expect(taken).toEqual([false, false, true, true]);
  const index = (await readTimeline(file()))!;
  expect(index.segments.map(({ seq, startMs }) => [seq, startMs])).toEqual([
    [0, 10_000],
    [1, 12_000],
  ]);
  expect(index.open).toEqual({ type: 'open', version: 1, playbackName: 'show', ...FIRST });
  await timeline.close();
});

test('parts are numbered when their first segment comes, sequence numbers go on, what was told twice counts once', async () => {
  const timeline = await open();
  const [one, two] = [part('s1', 10_000, 0), part('s2', 20_000, 10_000)];
  await timeline.add(one, segment(0, 2_000));
  await timeline.add(one, segment(2_000, 2_000));
  await timeline.add(two, segment(10_000, 1_000));
  for (const startMs of [0, 2_000]) expect(await timeline.add(one, segment(startMs, 2_000))).toBe(false);
  const index = (await readTimeline(file()))!;
  expect(index.parts.map(({ part: number, sessionId }) => [number, sessionId])).toEqual([
    [0, 's1'],
    [1, 's2'],
  ]);
  expect(index.segments.map(({ seq, part: number }) => [seq, number])).toEqual([
    [0, 0],
    [1, 0],
    [2, 1],
  ]);
  await timeline.close();
});

test('reopened after a crash: a torn last line is cut off and the writing goes on behind it', async () => {
  const first = await open();
  await first.add(part('s1', 10_000, 0), segment(0, 2_000));
  await first.close();
  const whole = await readFile(file(), 'utf8');
  await appendFile(file(), '{"type":"segment","part":0,"seq":1,"sta');
  expect((await readTimeline(file()))?.segments).toHaveLength(1);
  const again = await open();
  expect(await readFile(file(), 'utf8')).toBe(whole);
  expect(again.index.endMs).toBe(2_000);
  await again.add(part('s2', 20_000, 10_000), segment(10_000, 2_000));
  expect((await readTimeline(file()))?.segments.map(({ seq }) => seq)).toEqual([0, 1]);
  await again.close();
});

test('a broken line costs what it told, not the show: what is left is read, and the loss counted', async () => {
  const timeline = await open();
  const [one, two] = [part('s1', 10_000, 0), part('s2', 20_000, 10_000)];
  for (const startMs of [0, 2_000, 4_000]) await timeline.add(one, segment(startMs, 2_000));
  await timeline.add(two, segment(10_000, 2_000));
  await timeline.close();
  const lines = (await readFile(file(), 'utf8')).split('\n');
  const broken = lines.map((line, i) =>
    i === 3 || line.includes('"sessionId":"s2"') ? line.slice(9) : line,
  );
  await writeFile(file(), broken.join('\n'));
  const index = (await readTimeline(file()))!;
  expect(index.segments.map(({ seq }) => seq)).toEqual([0, 2]);
  expect(index.brokenLines).toBe(3);
  const again = await open();
  expect(again.brokenLines).toBe(3);
  await again.add(part('s3', 30_000, 20_000), segment(20_000, 2_000));
  expect((await readTimeline(file()))?.segments.map(({ part: number }) => number)).toEqual([0, 0, 1]);
  await again.close();
  await writeFile(file(), broken.slice(1).join('\n'));
  await expect(readTimeline(file())).rejects.toThrow('first line');
});

test.each([
  ['within the part', 'part' as const],
  ['within the segment', 'segment' as const],
])(
  'an append that fails %s leaves nothing behind, and the part comes with its next segment',
  async (_, at) => {
    const timeline = await open();
    await timeline.add(part('s1', 10_000, 0), segment(0, 2_000));
    const whole = await readFile(file(), 'utf8');
    const two = part('s2', 20_000, 10_000);
    const partBytes = JSON.stringify({ ...two, part: 1 }).length + 1;
    const room = at === 'part' ? partBytes / 2 : partBytes + 10;
    await withFilesUpTo(Math.floor(whole.length + room), async () => {
      await expect(timeline.add(two, segment(10_000, 2_000))).rejects.toMatchObject({ code: 'ENOSPC' });
      await expect(timeline.add(two, segment(10_000, 2_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    });
    expect(await readFile(file(), 'utf8')).toBe(whole);
    expect(timeline.index.size).toBe(1);
    expect(await timeline.add(two, segment(12_000, 2_000))).toBe(true);
    const index = (await readTimeline(file()))!;
    expect(index.parts.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2']);
    expect(index.segments.map(({ seq, part: number }) => [seq, number])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(index.brokenLines).toBeUndefined();
    await timeline.close();
  },
);

test('a timeline whose first line could not be written is begun anew by the next try', async () => {
  await withFilesUpTo(10, () => expect(open()).rejects.toMatchObject({ code: 'ENOSPC' }));
  const timeline = await open();
  expect((await readTimeline(file()))?.open.goLiveAt).toBe(GO_LIVE_AT);
  await timeline.close();
});

test('the end is written once, and nothing comes after it', async () => {
  const timeline = await open();
  await timeline.add(part('s1', 10_000, 0), segment(0, 2_000));
  expect(await isEndedTimeline(file())).toBe(false);
  await Promise.all([timeline.end('2030-01-01T00:01:00.000Z'), timeline.end('2030-01-01T00:02:00.000Z')]);
  expect(await timeline.add(part('s1', 10_000, 0), segment(2_000, 2_000))).toBe(false);
  const index = (await readTimeline(file()))!;
  expect(index.end?.endedAt).toBe('2030-01-01T00:01:00.000Z');
  expect(index.segments).toHaveLength(1);
  expect(await isEndedTimeline(file())).toBe(true);
  const again = await open();
  expect(again.ended).toBe(true);
  await again.end('2030-01-01T00:03:00.000Z');
  expect((await readTimeline(file()))?.end?.endedAt).toBe('2030-01-01T00:01:00.000Z');
});

test('a timeline that was let go of does not lose segments silently', async () => {
  const timeline = await open();
  await timeline.close();
  await expect(timeline.add(part('s1', 10_000, 0), segment(0, 2_000))).rejects.toThrow('let go');
});

test('nothing there: null; an empty file is begun anew', async () => {
  expect(await readTimeline(file())).toBeNull();
  expect(await isEndedTimeline(file())).toBe(false);
  expect(await BroadcastTimeline.openOrCreate(layout, 'show', null)).toBeNull();
  await (await open()).close();
  await writeFile(file(), '');
  expect(await readTimeline(file())).toBeNull();
  const again = await open();
  expect((await readTimeline(file()))?.open.goLiveAt).toBe(GO_LIVE_AT);
  await again.close();
});

import { nextBaseMs, rungsOf } from '../../../src/media/session/continuation';
import { LiveIndex } from '../../../src/media/timeline/live-index';
import { part, segment } from './records';

test('slides by time, tells what slid, and keeps sequence numbers', () => {
  const slid: number[] = [];
  const index = new LiveIndex(10_000, (_, { startMs }) => slid.push(startMs));
  for (let startMs = 0; startMs < 20_000; startMs += 2_000)
    index.add(part('s1', 0, 0), segment(startMs, 2_000));
  expect(index.segments.map(({ seq }) => seq)).toEqual([5, 6, 7, 8, 9]);
  expect(slid).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
  expect([index.size, index.durationMs, index.endMs]).toEqual([10, 20_000, 20_000]);
});

test('a window that only a new part is in still knows the part before, for players that lag', () => {
  const index = new LiveIndex(10_000);
  index.add(part('s1', 0, 0), segment(0, 2_000));
  index.add(part('s2', 60_000, 60_000), segment(60_000, 2_000));
  expect(index.view()?.parts.map(({ part: number }) => number)).toEqual([1]);
  expect(index.parts).toHaveLength(2);
});

test('restored from records it is what it was', () => {
  const index = new LiveIndex(10_000);
  const records = [0, 2_000, 4_000].map(
    (startMs) => index.add(part('s1', 0, 0), segment(startMs, 2_000)).segment,
  );
  const again = new LiveIndex(10_000);
  again.restore([...index.parts], records);
  expect(again.view()).toEqual(index.view());
  expect(again.add(part('s1', 0, 0), segment(6_000, 2_000)).segment.seq).toBe(3);
});

test('bit rates are measured: peak of a segment, average of all', () => {
  const index = new LiveIndex(10_000);
  index.add(part('s1', 0, 0), segment(0, 2_000, 1_000));
  index.add(part('s1', 0, 0), segment(2_000, 2_000, 3_000));
  expect(index.rates.get('v720')).toEqual({ peak: 12_000, bytes: 4_000, seconds: 4 });
});

test('a part that begins now follows the wall clock, and never the timeline into its own past', () => {
  const index = new LiveIndex(10_000);
  const zero = Date.parse(part('s1', 0, 0).startedAt);
  expect(nextBaseMs(index, zero)).toBe(0);
  index.add(part('s1', 0, 0), segment(0, 2_000));
  expect(nextBaseMs(index, zero + 30_000)).toBe(30_000);
  expect(nextBaseMs(index, zero + 1_000)).toBe(2_100);
});

test('rungs of a broadcast are those of its newest part with video', () => {
  const index = new LiveIndex(10_000);
  expect(rungsOf(index)).toBeNull();
  index.add(part('s1', 0, 0), segment(0, 2_000));
  const audioOnly = part('s2', 5_000, 5_000);
  index.add({ ...audioOnly, tracks: audioOnly.tracks.slice(2) }, segment(5_000, 2_000));
  expect(rungsOf(index)).toEqual([
    { id: 'v720', width: 1280, height: 720, frameRate: 30, bitrateKbps: 3000 },
    { id: 'v360', width: 640, height: 360, frameRate: 30, bitrateKbps: 800 },
  ]);
});

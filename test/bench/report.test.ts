import { MEASUREMENTS, measurementsOf } from './plan';
import { timeLines } from './report/lines';
import { percentile } from './report/percentile';
import { renderMarkdown, renderText, renderVerdict } from './report/render';
import { Results } from './results';
import { TIME_ROWS } from './rows';

/** The bench itself runs for minutes: here is only what turns its samples into words. */

const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test.each([
  ['1 to 100', oneTo(100), 50, 50],
  ['1 to 100', oneTo(100), 95, 95],
  ['1 to 100', oneTo(100), 99, 99],
  ['1 to 15', oneTo(15), 95, 15],
  ['one sample', [7], 99, 7],
  ['samples in any order', [30, 10, 20], 50, 20],
])('percentile: %s', (_name, samples, percent, expected) => {
  const before = [...samples];
  expect(percentile(samples, percent)).toBe(expected);
  expect(samples).toEqual(before);
});

test('a percentile of nothing is an error, not a number', () => {
  expect(() => percentile([], 50)).toThrow('no samples');
});

const filled = (): Results => {
  const results = new Results();
  for (const ms of oneTo(100)) results.time('golive-rtmp', ms * 2.01);
  for (const ms of oneTo(100)) results.peer('golive-rtmp', ms);
  for (const ms of oneTo(20)) results.time('resume', ms);
  for (const ms of oneTo(100)) results.time('forced', ms * 10);
  results.memory.push({ process: 'worker', beforeKib: 102_400, afterKib: 204_800, rooms: 1_000 });
  for (const room of [83, 79, 81])
    results.events.push({ broadcast: 'RTMP', reconnects: 0, room, streamKey: 75, archive: 29 });
  results.check(true, '');
  return results;
};

test('a goal is judged at its own percentile, and the ratio is of medians', () => {
  const [goLive, resume, forced] = timeLines(filled());
  expect(goLive).toMatchObject({ id: 'golive-rtmp', n: 100, met: true, peer: { p50: 50 } });
  expect(goLive!.p95).toBeCloseTo(190.95);
  expect(goLive!.peer!.ratio).toBeCloseTo(2.01);
  expect(resume).toMatchObject({ id: 'resume', met: null, peer: null });
  // 990 ms at p99, though p100 is at the limit.
  expect(forced).toMatchObject({ id: 'forced', met: true, p99: 990 });
});

test('a goal that is missed is said, and does not hide among the others', () => {
  const results = filled();
  for (const ms of oneTo(10)) results.time('golive-rtmp', 201 + ms);
  expect(timeLines(results)[0]).toMatchObject({ met: false });
  expect(renderText(results)).toMatch(/goLive, RTMP mode .*MISSED/);
  expect(renderVerdict(results, 3)).toBe(
    'bench: 1 of 2 goals met (missed: golive-rtmp), 0 wrong of 1 checked answers, 3 s',
  );
});

test('the tables have all that was measured, and nothing else', () => {
  const text = renderText(filled());
  expect(text).toMatch(/^worker +100 MiB +200 MiB +1000 +102 KiB$/m);
  expect(text).toMatch(/^RTMP, no reconnect +81 +75 +29 +185 +3$/m);
  expect(text).not.toContain('CMAF');
  const markdown = renderMarkdown(filled()).split('\n');
  const columns = markdown.filter((line) => line !== '').map((line) => line.split('|').length);
  expect(new Set(columns)).toEqual(new Set([11, 7, 8]));
});

test('a wrong answer is counted', () => {
  const results = filled();
  results.check(false, 'goLive answered LIVE while the record said SCHEDULED');
  expect(renderVerdict(results, 1)).toContain('1 wrong of 2 checked answers');
});

test('--only takes measurements and rows, and every row belongs to a measurement', () => {
  expect(measurementsOf(null).size).toBe(Object.keys(MEASUREMENTS).length);
  expect([...measurementsOf('golive-ten')]).toEqual(['many']);
  expect([...measurementsOf('memory')]).toEqual(['memory']);
  expect(() => measurementsOf('goLive')).toThrow('--only takes one of');
  for (const { id } of TIME_ROWS) expect(measurementsOf(id).size).toBe(1);
});

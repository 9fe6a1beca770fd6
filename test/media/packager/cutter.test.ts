import { Cutter, type CutStep } from '../../../src/media/packager/cutter';
import type { Fragment } from '../../../src/media/mp4/fragment';
import { audio, fragment, video } from './fragments';

const VIDEO = { kind: 'video' as const, timescale: 30_000 };
const AUDIO = { kind: 'audio' as const, timescale: 48_000 };
const ms = (fragmentOf: Fragment, timescale: number): number => (fragmentOf.start / timescale) * 1000;

/** Pushes fragments of all tracks in the order of their times, as ffmpeg's pipes give them. */
function run(
  cutter: Cutter,
  tracks: { timescale: number; fragments: Iterable<Fragment> }[],
  paced = true,
): CutStep[] {
  const all = tracks.flatMap(({ timescale, fragments }, track) =>
    [...fragments].map((one) => ({
      track,
      one,
      atMs: ms(one, timescale) + (one.duration / timescale) * 1000,
    })),
  );
  all.sort((a, b) => a.atMs - b.atMs);
  const steps = all.flatMap(({ track, one, atMs }) => cutter.push(track, one, paced ? atMs : 0));
  return [...steps, ...cutter.finish()];
}

const completes = (steps: CutStep[]) => steps.flatMap((step) => (step.type === 'complete' ? [step] : []));
const appended = (steps: CutStep[], track: number, segment: number): Fragment[] =>
  steps.flatMap((step) =>
    step.type === 'append' && step.track === track && step.segment === segment ? [step.fragment] : [],
  );

test('the first segment is 1 s, the others 2 s, at key frames', () => {
  const steps = run(new Cutter([VIDEO]), [{ timescale: 30_000, fragments: video(0, 240, 30) }]);
  expect(completes(steps).map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [0, 1000],
    [1000, 3000],
    [3000, 5000],
    [5000, 7000],
    [7000, 8000],
  ]);
});

test('a key frame up to 40 ms early is on the grid; a later GOP waits for its key frame', () => {
  const fragments = [0, 970, 2_400, 4_980].map((atMs, i) => fragment(atMs * 30, 1000, 15, i !== 2));
  const steps = run(new Cutter([VIDEO]), [{ timescale: 30_000, fragments }]);
  expect(completes(steps).map(({ startMs }) => startMs)).toEqual([0, 970, 4_980]);
});

test('copied video without key frames is cut after 12 s', () => {
  const steps = run(new Cutter([VIDEO]), [{ timescale: 30_000, fragments: video(0, 900, 100_000) }]);
  expect(completes(steps).map(({ startMs }) => startMs)).toEqual([0, 12_000, 24_000]);
});

test('audio is split at the sample nearest to the cut of the video, and nothing is lost', () => {
  const steps = run(new Cutter([VIDEO, AUDIO]), [
    { timescale: 30_000, fragments: video(0, 240, 30) },
    { timescale: 48_000, fragments: audio(-1024, 376) },
  ]);
  let next = -1024;
  for (const { segment, startMs } of completes(steps)) {
    const own = appended(steps, 1, segment);
    expect(own[0]?.start).toBe(next);
    if (segment > 0) expect(Math.abs((next / 48_000) * 1000 - startMs)).toBeLessThan(11);
    next = own.reduce((end, one) => (expect(one.start).toBe(end), end + one.duration), next);
  }
  expect(next).toBe(-1024 + 376 * 1024);
});

test('a segment is told only when every track has passed its end', () => {
  const cutter = new Cutter([VIDEO, AUDIO]);
  for (const one of video(0, 60, 30)) expect(completes(cutter.push(0, one, 0))).toEqual([]);
  const told = [...audio(0, 94)].flatMap((one) => completes(cutter.push(1, one, 0)));
  expect(told.map(({ segment }) => segment)).toEqual([0]);
});

test('an asked cut begins a short segment at the next key frame, and the grid anew', () => {
  const cutter = new Cutter([VIDEO]);
  const fragments = [...video(0, 300, 30)];
  const steps = fragments.slice(0, 8).flatMap((one) => cutter.push(0, one, 0));
  cutter.cutAt(4_200);
  steps.push(...fragments.slice(8).flatMap((one) => cutter.push(0, one, 0)), ...cutter.finish());
  expect(completes(steps).map(({ startMs }) => startMs)).toEqual([0, 1000, 3000, 5000, 6000, 8000]);
});

test('a silent audio track does not hold the video back', () => {
  const steps = run(new Cutter([VIDEO, AUDIO]), [
    { timescale: 30_000, fragments: video(0, 600, 30) },
    { timescale: 48_000, fragments: audio(0, 94) },
  ]);
  const told = completes(steps);
  expect(told).toHaveLength(11);
  const beforeEnd = steps.findIndex((step) => step.type === 'complete' && step.segment === 7);
  expect(steps.slice(beforeEnd).some((step) => step.type === 'append')).toBe(true);
});

test('when the video falls silent the audio goes on in segments of its own, and the video rejoins', () => {
  const steps = run(new Cutter([VIDEO, AUDIO]), [
    { timescale: 30_000, fragments: [...video(0, 90, 30), ...video(20 * 30_000, 90, 30)] },
    { timescale: 48_000, fragments: audio(0, 1078) },
  ]);
  const told = completes(steps);
  const durations = told.map(({ startMs, endMs }) => Math.round(endMs - startMs));
  expect(Math.max(...durations)).toBeLessThan(4_100);
  expect(told.map(({ segment }) => segment)).toEqual(told.map((_, i) => i));
  const all = steps.flatMap((step) => (step.type === 'append' && step.track === 1 ? [step.fragment] : []));
  expect(all.reduce((sum, one) => sum + one.duration, 0)).toBe(1078 * 1024);
  const pictures = steps.flatMap((step) =>
    step.type === 'append' && step.track === 0 ? [step.fragment] : [],
  );
  expect(pictures.reduce((sum, one) => sum + one.duration, 0)).toBe(180_000);
});

test('a picture that comes back with the hole filled afterwards does not land in the wrong segments', () => {
  const cutter = new Cutter([VIDEO, AUDIO]);
  const steps: CutStep[] = [];
  const push = (track: number, fragments: Iterable<Fragment>, atMs: number): void => {
    for (const one of fragments) steps.push(...cutter.push(track, one, atMs));
  };
  push(0, video(0, 90, 30), 3_000);
  push(1, audio(0, 141), 3_000);
  push(1, audio(141 * 1024, 328), 10_000);
  push(0, video(90_000, 330, 30), 10_100);
  push(1, audio(469 * 1024, 188), 14_000);
  steps.push(...cutter.finish());
  const told = completes(steps);
  for (const { segment, startMs, endMs } of told) {
    for (const one of appended(steps, 0, segment)) {
      expect(ms(one, 30_000)).toBeGreaterThanOrEqual(startMs - 1);
      expect(ms(one, 30_000)).toBeLessThan(endMs);
    }
  }
  const last = told[told.length - 2]!;
  expect(appended(steps, 0, last.segment).length).toBeGreaterThan(0);
  const firsts = told.flatMap(({ segment }) => appended(steps, 0, segment)[0] ?? []);
  expect(firsts.every(({ startsWithSync }) => startsWithSync)).toBe(true);
});

test('a burst (all audio first, no time passing) does not count as silence', () => {
  const cutter = new Cutter([VIDEO, AUDIO]);
  const early = [...audio(0, 376)].flatMap((one) => cutter.push(1, one, 0));
  const steps = [
    ...early,
    ...[...video(0, 240, 30)].flatMap((one) => cutter.push(0, one, 0)),
    ...cutter.finish(),
  ];
  expect(completes(steps).map(({ startMs }) => startMs)).toEqual([0, 1000, 3000, 5000, 7000]);
});

test('audio alone is cut on the grid at the sample', () => {
  const steps = run(new Cutter([AUDIO]), [{ timescale: 48_000, fragments: audio(0, 376) }]);
  const starts = completes(steps).map(({ startMs }) => startMs);
  expect(starts).toHaveLength(5);
  [0, 1000, 3000, 5000, 7000].forEach((grid, i) =>
    expect(Math.abs((starts[i] ?? 0) - grid)).toBeLessThan(40),
  );
  const all = steps.flatMap((step) => (step.type === 'append' ? [step.fragment] : []));
  expect(all.reduce((sum, one) => sum + one.duration, 0)).toBe(376 * 1024);
});

test('audio with samples longer than the tolerance (8 kHz, 128 ms) ends, and loses nothing', () => {
  for (let offset = 0; offset < 1024; offset += 64) {
    const cutter = new Cutter([{ kind: 'audio', timescale: 8_000 }]);
    const steps = [...audio(offset, 100, 4)].flatMap((one) => cutter.push(0, one, 0));
    for (const one of audio(offset + 100 * 1024, 100, 1)) steps.push(...cutter.push(0, one, 0));
    steps.push(...cutter.finish());
    expect(steps.reduce((sum, step) => sum + (step.type === 'append' ? step.fragment.duration : 0), 0)).toBe(
      200 * 1024,
    );
    expect(Math.max(...completes(steps).map(({ startMs, endMs }) => endMs - startMs))).toBeLessThan(2_700);
  }
});

test('nothing comes: nothing is told', () => {
  expect(new Cutter([VIDEO, AUDIO]).finish()).toEqual([]);
});

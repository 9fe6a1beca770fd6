import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import type { LiveProfile } from '../../../src/domain/live-profile';
import type { Feed, MediaTag } from '../../../src/media/contract';
import { readSessionFile } from '../../../src/media/session/session-file';
import { withFilesUpTo } from '../../support/file-limit';
import { until } from '../../support/until';
import { openSession, play, shifted, sourceTags, stage, type Stage } from './harness';
import { verifyTimeline } from './verify';

let tags: MediaTag[];
let on: Stage;
beforeAll(async () => {
  tags = await sourceTags({ seconds: 4, size: '320x180' });
});
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

function watch(feed: Feed) {
  const seen: MediaTag[] = [];
  const closed: string[] = [];
  feed.subscribe({ send: (tag) => (seen.push(tag), 0), close: (why) => void closed.push(why) });
  return { seen, closed };
}

test('new publishes are refused while the disk is nearly full, or the node is', async () => {
  expect(on.plane.admission()).toBeNull();
  const full = on.restart({ minFreeDiskBytes: Number.MAX_SAFE_INTEGER });
  await full.salvage();
  expect(full.admission()).toBe('DISK_FULL');
  const small = on.restart({ maxSessions: 1 });
  const session = openSession(small, 'RTMP');
  expect(small.admission()).toBe('NODE_FULL');
  await session.pipeline.end('client_closed');
  expect(small.admission()).toBeNull();
});

test('viewers of a broadcast stay over a drop and are closed at its end; the preview is closed with its session', async () => {
  const first = openSession(on.plane, 'RTMP');
  const preview = watch(on.plane.feed(first.facts.previewName)!);
  await play(first.pipeline, tags, 50);
  const goLiveAt = first.facts.startedAt;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId: first.facts.sessionId, goLiveAt });
  const viewer = watch(on.plane.feed('show')!);
  await first.pipeline.end('connection_lost');
  expect(preview.closed).toEqual(['ended']);
  expect(viewer.closed).toEqual([]);
  expect(on.plane.feed(first.facts.previewName)).toBeNull();
  const had = viewer.seen.length;
  const second = openSession(on.plane, 'RTMP', { playbackName: 'show', goLiveAt });
  await play(second.pipeline, shifted(tags, 9_000_000), 20);
  expect(viewer.seen.length).toBeGreaterThan(had);
  expect(Math.max(...viewer.seen.map(({ timestampMs }) => timestampMs))).toBeLessThan(3_600_000);
  await second.pipeline.end('client_closed');
  await on.plane.closeBroadcast({ playbackName: 'show', endedAt: new Date().toISOString() });
  expect(viewer.closed).toEqual(['ended']);
});

test('names that are not ours', () => {
  expect(on.plane.feed('nobody')).toBeNull();
  expect(on.plane.playlists('nobody')).toBeNull();
  expect(on.plane.playlists('../etc')).toBeNull();
});

test('an opening that failed is done by its repeat: segments are public, and the session file says so', async () => {
  const session = openSession(on.plane, 'CMAF');
  const { sessionId, startedAt } = session.facts;
  const preview = on.plane.playlists(session.facts.previewName)!;
  await play(session.pipeline, tags, 3);
  await until(async () => ((await preview.media('audio'))?.match(/EXTINF/g) ?? []).length >= 2, {
    timeoutMs: 15_000,
    what: 'two segments of the preview',
  });
  const open = () => on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
  const obstacle = `${on.layout.sessionFacts(sessionId)}.tmp`;
  await mkdir(obstacle);
  await expect(open()).rejects.toMatchObject({ code: 'EISDIR' });
  await rmdir(obstacle);
  // The timeline has its first line; its first part does not fit.
  await withFilesUpTo(300, async () => {
    await expect(open()).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(open()).rejects.toMatchObject({ code: 'ENOSPC' });
  });
  await open();
  const opened = await verifyTimeline(on.layout, 'show');
  expect(opened.segments.length).toBeGreaterThanOrEqual(2);
  expect((await readSessionFile(on.layout, sessionId))?.broadcast?.playbackName).toBe('show');
  await session.pipeline.end('client_closed');
  const whole = await verifyTimeline(on.layout, 'show');
  expect(whole.segments.slice(0, opened.segments.length)).toEqual(opened.segments);
  expect(whole.segments[0]!.startMs).toBe(0);
});

test('a session’s profile decides its pictures, against the shape of the source, and a resumed show keeps them', async () => {
  const portrait: LiveProfile = {
    shape: 'fixed',
    pictures: [
      { width: 360, height: 640, kbps: 500 },
      { width: 180, height: 320, kbps: 200 },
    ],
    audioKbps: 64,
  };
  const resolutions = async (name: string) =>
    [...((await on.plane.playlists(name)?.master()) ?? '').matchAll(/RESOLUTION=(\w+)/g)].map(([, it]) => it);
  const session = openSession(on.plane, 'CMAF', null, { profile: portrait });
  const { sessionId, startedAt: goLiveAt, previewName } = session.facts;
  await play(session.pipeline, tags, 3);
  await on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt });
  // A source of 320x180 fills the width of 320 in a picture of 320x568; the small one shows it at 180x101, with bars.
  expect(await resolutions(previewName)).toEqual(['320x568', '180x320']);
  await session.pipeline.end('client_closed');
  const landscape = { ...portrait, pictures: [{ width: 320, height: 180, kbps: 300 }] };
  const back = openSession(on.plane, 'CMAF', { playbackName: 'show', goLiveAt }, { profile: landscape });
  await play(back.pipeline, tags, 3);
  await until(async () => (await verifyTimeline(on.layout, 'show')).parts.length === 2, {
    timeoutMs: 15_000,
    what: 'the second part',
  });
  expect(await resolutions('show')).toEqual(['320x568', '180x320']);
  await back.pipeline.end('client_closed');
});

test('summaries: none while a session runs, none of a stranger', async () => {
  const session = openSession(on.plane, 'RTMP');
  expect(await on.plane.summaryOf(session.facts.sessionId)).toBeNull();
  expect(await on.plane.summaryOf('stranger')).toBeNull();
  await session.pipeline.end('no_media');
  expect(await on.plane.summaryOf(session.facts.sessionId)).toEqual({
    ...{ sessionId: session.facts.sessionId, reason: 'no_media', durationMs: 0, bytes: 0 },
  });
});

test('segments of a preview go when they slide out of its window, public ones stay', async () => {
  const plane = on.restart({ previewWindowMs: 60_000 });
  const session = openSession(plane, 'CMAF');
  const dir = (part: number): string => on.layout.trackDir(session.facts.sessionId, part, 'audio');
  // Sound alone encodes fast: two minutes of it in a moment.
  const sound = await sourceTags({ seconds: 130, video: false });
  const [before, after] = [
    sound.filter(({ timestampMs }) => timestampMs < 70_000),
    sound.filter((tag) => tag.timestampMs >= 70_000),
  ];
  await play(session.pipeline, before, 20);
  await until(() => existsSync(`${dir(0)}/00034.m4s`), { timeoutMs: 10_000, what: 'a minute of segments' });
  await until(() => !existsSync(`${dir(0)}/00001.m4s`), {
    timeoutMs: 10_000,
    what: 'the first one to slide out',
  });
  const goLiveAt = new Date(Date.now()).toISOString();
  await plane.openBroadcast({ playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt });
  await play(session.pipeline, after, 20);
  await session.pipeline.end('client_closed');
  expect(existsSync(`${dir(0)}/00003.m4s`)).toBe(false);
  const first = plane.playlists('show')!;
  const text = (await first.media('audio'))!;
  for (const [, name] of text.matchAll(/0\/audio\/(\d+\.m4s)/g))
    expect(existsSync(`${dir(0)}/${name}`)).toBe(true);
});

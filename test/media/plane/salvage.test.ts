import { appendFile, readFile, rename, rm, utimes, writeFile, mkdir, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MediaTag } from '../../../src/media/contract';
import { FlvReader } from '../../../src/media/flv';
import { partIndexPath } from '../../../src/media/packager/part-index';
import { readTimeline } from '../../../src/media/timeline/read';
import { until } from '../../support/until';
import { openSession, play, sourceTags, stage, type Stage } from './harness';
import { verifyPlaylists, verifyTimeline } from './verify';

let tags: MediaTag[];
let on: Stage;
beforeAll(async () => {
  tags = await sourceTags({ seconds: 8, size: '320x180' });
});
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

/** A node that dies: a process of its own runs the session, goes live, and is killed with SIGKILL. */
async function diedWhileLive(mode: 'CMAF' | 'RTMP'): Promise<{ sessionId: string; goLiveAt: string }> {
  const child = fork(join(__dirname, 'node-that-dies.js'), [on.layout.root, mode], { stdio: 'inherit' });
  const [told] = (await once(child, 'message')) as [{ sessionId: string; goLiveAt: string }];
  await until(async () => ((await readTimeline(on.layout.timeline('show')))?.segments.length ?? 0) >= 2, {
    timeoutMs: 20_000,
    what: 'two public segments',
  });
  const died = once(child, 'exit');
  child.kill('SIGKILL');
  await died;
  return told;
}

test.each(['CMAF', 'RTMP'] as const)(
  'a node that died while live (%s): closed from disk, and the show goes on',
  async (mode) => {
    const { sessionId, goLiveAt } = await diedWhileLive(mode);
    // What a crash in the middle of a write leaves.
    await appendFile(on.layout.rawRecording(sessionId), Buffer.from([9, 0, 255, 255, 1]));
    await appendFile(on.layout.timeline('show'), '{"type":"segm');
    const plane = on.restart();
    const salvaged = await plane.salvage();
    expect(salvaged.map(({ sessionId: id, summary }) => [id, summary.reason])).toEqual([
      [sessionId, 'media_lost'],
    ]);
    expect(salvaged[0]!.summary.durationMs).toBeGreaterThan(2_000);
    expect(await plane.summaryOf(sessionId)).toEqual(salvaged[0]!.summary);
    const reader = await FlvReader.open(on.layout.rawRecording(sessionId));
    await reader.scan();
    expect(reader.end).toBe('clean');
    await reader.close();
    expect(await plane.salvage()).toEqual([]);
    if (mode === 'CMAF') await verifyPlaylists(plane.playlists('show')!);
    const before = await verifyTimeline(on.layout, 'show');

    const resumed = openSession(plane, mode, { playbackName: 'show', goLiveAt });
    await play(resumed.pipeline, tags, 3);
    await resumed.viewable;
    await resumed.pipeline.end('client_closed');
    const closed = await plane.closeBroadcast({ playbackName: 'show', endedAt: new Date().toISOString() });
    const after = await verifyTimeline(on.layout, 'show');
    expect(closed.segments).toBe(after.segments.length);
    expect(after.segments.slice(0, before.segments.length)).toEqual(before.segments);
    expect(after.parts).toHaveLength(2);
  },
);

test('segments that were written but not told yet are public after the salvage', async () => {
  const { sessionId } = await diedWhileLive('CMAF');
  const file = on.layout.timeline('show');
  const whole = await readTimeline(file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  await writeFile(file, `${lines.slice(0, -1).join('\n')}\n`);
  await on.restart().salvage();
  const timeline = await verifyTimeline(on.layout, 'show');
  expect(timeline.segments.slice(0, whole!.segments.length)).toEqual(whole!.segments);
  expect(existsSync(on.layout.partDir(sessionId, 0))).toBe(true);
});

test('the segment that was being written is kept up to its last whole fragment', async () => {
  const session = openSession(on.plane, 'CMAF');
  await play(session.pipeline, tags, 4);
  const { sessionId, startedAt } = session.facts;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
  await session.pipeline.end('client_closed');
  await on.plane.close();
  const whole = await verifyTimeline(on.layout, 'show');
  const cut = whole.segments[whole.segments.length - 1]!;
  // The state of a moment before the last segment was complete.
  for (const [track, { file }] of Object.entries(cut.tracks)) {
    const path = join(on.layout.trackDir(sessionId, 0, track), file);
    await rename(path, `${path}.tmp`);
    await appendFile(`${path}.tmp`, Buffer.from([0, 0, 1, 0, 0x6d, 0x6f, 0x6f, 0x66, 0, 0]));
  }
  for (const path of [partIndexPath(on.layout, sessionId, 0), on.layout.timeline('show')]) {
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const kept = lines.slice(
      0,
      lines.findLastIndex((line) => line.includes('"segment"')),
    );
    await writeFile(path, `${kept.join('\n')}\n`);
  }
  const file = JSON.parse(await readFile(on.layout.sessionFacts(sessionId), 'utf8'));
  await writeFile(on.layout.sessionFacts(sessionId), JSON.stringify({ ...file, summary: null }));
  expect(await on.restart().salvage()).toHaveLength(1);
  const salvaged = (await verifyTimeline(on.layout, 'show')).segments;
  expect(salvaged[salvaged.length - 1]!.tracks).toEqual(cut.tracks);
  expect(salvaged).toHaveLength(whole.segments.length);
});

test('a broadcast is closed from disk, twice, after a restart', async () => {
  await diedWhileLive('CMAF');
  const plane = on.restart();
  const endedAt = new Date().toISOString();
  const closed = await plane.closeBroadcast({ playbackName: 'show', endedAt });
  expect(closed.segments).toBeGreaterThanOrEqual(2);
  expect(await on.restart().closeBroadcast({ playbackName: 'show', endedAt })).toEqual(closed);
  expect((await readTimeline(on.layout.timeline('show')))?.end).toEqual({ type: 'end', endedAt });
  expect(await plane.closeBroadcast({ playbackName: 'never-was', endedAt })).toEqual({
    segments: 0,
    durationMs: 0,
  });
});

test('a broadcast opened after its session has ended shows what the session had', async () => {
  const session = openSession(on.plane, 'CMAF');
  await play(session.pipeline, tags, 4);
  await session.pipeline.end('connection_lost');
  const { sessionId, startedAt } = session.facts;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId, goLiveAt: startedAt });
  const timeline = await verifyTimeline(on.layout, 'show');
  expect(timeline.segments.length).toBeGreaterThan(2);
  await expect(
    on.plane.openBroadcast({ playbackName: 'other', sessionId: 'no-such-session', goLiveAt: startedAt }),
  ).rejects.toMatchObject({ code: 'SESSION_GONE' });
});

test('previews that grow old while the node runs go as well; those that still run stay', async () => {
  const plane = on.restart({ previewSweepMs: 20 });
  await plane.salvage();
  const [old, running] = [openSession(plane, 'RTMP'), openSession(plane, 'RTMP')];
  for (const { pipeline } of [old, running]) await play(pipeline, tags.slice(0, 50), 100);
  await old.pipeline.end('client_closed');
  const folder = ({ facts }: typeof old): string => on.layout.sessionDir(facts.sessionId);
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  for (const { facts } of [running, old])
    await utimes(on.layout.sessionFacts(facts.sessionId), yesterday, yesterday);
  await until(() => !existsSync(folder(old)), { timeoutMs: 5_000, what: 'the old preview to go' });
  expect(existsSync(folder(running))).toBe(true);
});

test('previews older than a day go at boot, broadcasts and younger ones stay', async () => {
  const [old, young, live] = [0, 1, 2].map(() => openSession(on.plane, 'RTMP'));
  for (const session of [old, young, live]) await play(session!.pipeline, tags, 100);
  const goLiveAt = live!.facts.startedAt;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId: live!.facts.sessionId, goLiveAt });
  for (const session of [old, young, live]) await session!.pipeline.end('client_closed');
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  for (const session of [old, live])
    await utimes(on.layout.sessionFacts(session!.facts.sessionId), yesterday, yesterday);
  await mkdir(on.layout.sessionDir('torn'), { recursive: true });
  await writeFile(on.layout.sessionFacts('torn'), '{"facts":');
  await on.restart().salvage();
  const left = [old, young, live].map((session) =>
    existsSync(on.layout.sessionDir(session!.facts.sessionId)),
  );
  expect([...left, existsSync(on.layout.sessionDir('torn'))]).toEqual([false, true, true, false]);
  expect((await stat(on.layout.rawRecording(live!.facts.sessionId))).size).toBeGreaterThan(0);
  await rm(on.layout.sessionDir(young!.facts.sessionId), { recursive: true });
});

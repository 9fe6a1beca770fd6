import { readdir } from 'node:fs/promises';
import type { MediaTag } from '../../../src/media/contract';
import { readSessionSegments } from '../../../src/media/session/read-segments';
import { until } from '../../support/until';
import { openSession, play, shifted, sourceTags, stage, type Stage } from './harness';
import { verifyPlaylists, verifyTimeline } from './verify';

const now = (): string => new Date().toISOString();
/** Faster than an encoder, slow enough for two cores that others use as well. */
const SPEED = 3;

let on: Stage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

describe('a CMAF session', () => {
  let tags: MediaTag[];
  beforeAll(async () => {
    tags = await sourceTags({ seconds: 8, size: '1280x720' });
  });

  test('is viewable, goes live and ends; rungs are aligned', async () => {
    const session = openSession(on.plane, 'CMAF');
    const playing = play(session.pipeline, tags, 1);
    await session.viewable;
    const preview = on.plane.playlists(session.facts.previewName)!;
    expect((await verifyPlaylists(preview)).master.variants.map(({ uri }) => uri)).toEqual([
      'v720.m3u8',
      'v360.m3u8',
    ]);
    expect(on.plane.feed(session.facts.previewName)).toBeNull();
    expect(on.plane.playlists('show')).toBeNull();

    const goLiveAt = now();
    const request = { playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt };
    expect(await on.plane.openBroadcast(request)).toEqual({ goLiveAt });
    expect(await on.plane.openBroadcast({ ...request, goLiveAt: now() })).toEqual({ goLiveAt });
    const playlists = on.plane.playlists('show')!;
    await until(() => playlists.master(), { timeoutMs: 15_000, what: 'the first public segment' });
    const live = await verifyPlaylists(playlists);
    expect(live.media.v720?.mediaSequenceBase).toBe(0);
    expect(live.media.v720?.segments[0]?.programDateTime!.getTime()).toBeGreaterThanOrEqual(
      Date.parse(goLiveAt),
    );
    expect(live.mpd.type).toBe('dynamic');

    await playing;
    const summary = await session.pipeline.end('client_closed');
    expect(await session.pipeline.end('shutdown')).toEqual(summary);
    expect(await on.plane.summaryOf(session.facts.sessionId)).toEqual(summary);
    expect(summary.reason).toBe('client_closed');
    expect(Math.abs(summary.durationMs - 8_000)).toBeLessThan(100);
    const closed = await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() });
    expect(await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() })).toEqual(closed);

    const timeline = await verifyTimeline(on.layout, 'show');
    expect(timeline.end).not.toBeNull();
    expect(timeline.segments).toHaveLength(closed.segments);
    expect(timeline.segments.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBe(closed.durationMs);
    for (const { tracks } of timeline.segments) {
      expect([tracks.v360?.t, tracks.v360?.d]).toEqual([tracks.v720?.t, tracks.v720?.d]);
    }
    const ended = await verifyPlaylists(playlists);
    expect(ended.media.v720?.endlist).toBe(true);
    const rates = ended.master.variants.map(({ bandwidth, averageBandwidth }) => [
      bandwidth,
      averageBandwidth!,
    ]);
    for (const [peak, average] of rates) expect(peak).toBeGreaterThanOrEqual(average!);
    expect(ended.master.variants[0]?.codecs).toBe('avc1.64001f,mp4a.40.2');
    expect(ended.master.variants[0]?.resolution).toEqual({ width: 1280, height: 720 });
    expect(session.broken).toEqual([]);
  });
});

describe('a broadcast over two sessions', () => {
  test('goes on: media sequence, decode times, discontinuity, and the rungs it had', async () => {
    const first = openSession(on.plane, 'RTMP_CMAF');
    const wide = await sourceTags({ seconds: 6 });
    const playing = play(first.pipeline, wide, SPEED);
    await first.viewable;
    const goLiveAt = first.facts.startedAt;
    await on.plane.openBroadcast({ playbackName: 'show', sessionId: first.facts.sessionId, goLiveAt });
    await playing;
    const before = (await verifyPlaylists(on.plane.playlists('show')!)).media.v360!;
    const ended = first.pipeline.end('connection_lost');

    // The second one starts while the first is still being flushed, has another size, and its clock starts elsewhere.
    const second = openSession(on.plane, 'RTMP_CMAF', { playbackName: 'show', goLiveAt });
    const tall = shifted(await sourceTags({ seconds: 5, size: '480x854' }), 7_000_000);
    await play(second.pipeline, tall, SPEED);
    await second.viewable;
    await Promise.all([ended, second.pipeline.end('client_closed')]);
    await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() });

    const timeline = await verifyTimeline(on.layout, 'show');
    expect(timeline.parts.map(({ sessionId }) => sessionId)).toEqual([
      first.facts.sessionId,
      second.facts.sessionId,
    ]);
    expect(timeline.parts[1]?.sessionStartMs).toBeGreaterThanOrEqual(7_000_000);
    expect(timeline.parts[1]?.tracks.map(({ id, width, height }) => [id, width, height])).toEqual(
      timeline.parts[0]?.tracks.map(({ id, width, height }) => [id, width, height]),
    );
    const after = await verifyPlaylists(on.plane.playlists('show')!);
    const joined = after.media.v360!;
    expect(joined.segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
    expect(joined.mediaSequenceBase).toBe(before.mediaSequenceBase);
    expect(joined.segments.length).toBeGreaterThan(before.segments.length);
    expect(after.mpd.Period).toHaveLength(2);
    expect(Number.parseFloat(after.mpd.Period[1].start.slice(2))).toBeCloseTo(
      timeline.parts[1]!.baseMs / 1000,
      2,
    );
  });
});

describe('RTMP mode', () => {
  test('is viewable at the first key frame, has no HLS, and packages copied segments for the recording', async () => {
    const tags = await sourceTags({ seconds: 7, gopSeconds: 3 });
    const session = openSession(on.plane, 'RTMP');
    await play(session.pipeline, tags, 20);
    expect(await session.viewable).toBeLessThan(500);
    expect(on.plane.playlists(session.facts.previewName)).toBeNull();
    expect(on.plane.feed(session.facts.previewName)).not.toBeNull();
    const goLiveAt = session.facts.startedAt;
    await on.plane.openBroadcast({ playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt });
    expect(on.plane.playlists('show')).toBeNull();
    expect(on.plane.feed('show')).not.toBeNull();
    await session.pipeline.end('client_closed');
    await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() });
    const timeline = await verifyTimeline(on.layout, 'show');
    expect(timeline.parts[0]?.tracks.map(({ id }) => id)).toEqual(['source', 'audio']);
    expect(timeline.segments.map(({ startMs }) => Math.round(startMs / 100))).toEqual([0, 30, 60]);
  });

  test('a go-live mark that is told more than a minute late loses nothing', async () => {
    const seconds = 90;
    const tags = await sourceTags({ seconds, size: '160x90' });
    const session = openSession(on.plane, 'RTMP');
    await play(session.pipeline, tags, 100);
    const packaged = async () => (await readSessionSegments(on.layout, session.facts.sessionId)).length;
    await until(async () => (await packaged()) >= seconds / 2 - 1, {
      timeoutMs: 20_000,
      what: 'the packager',
    });
    const goLiveAt = session.facts.startedAt;
    await on.plane.openBroadcast({ playbackName: 'late', sessionId: session.facts.sessionId, goLiveAt });
    await session.pipeline.end('client_closed');
    const { durationMs } = await on.plane.closeBroadcast({ playbackName: 'late', endedAt: now() });
    expect(durationMs / 1_000).toBeCloseTo(seconds, 0);
  });

  test('sound alone is viewable after two seconds without a picture', async () => {
    const session = openSession(on.plane, 'RTMP');
    let viewable = false;
    void session.viewable.then(() => (viewable = true));
    const tags = await sourceTags({ seconds: 3, video: false });
    for (const tag of tags.filter(({ timestampMs }) => timestampMs < 1_990)) session.pipeline.write(tag);
    await Promise.resolve();
    expect(viewable).toBe(false);
    for (const tag of tags.filter(({ timestampMs }) => timestampMs >= 1_990)) session.pipeline.write(tag);
    await session.viewable;
  });
});

describe('tracks', () => {
  const publish = async (tags: MediaTag[], mode: 'CMAF' | 'RTMP' = 'CMAF', then: MediaTag[] = []) => {
    const session = openSession(on.plane, mode);
    await play(session.pipeline, tags, SPEED);
    await play(session.pipeline, then, SPEED);
    await session.viewable;
    await on.plane.openBroadcast({
      ...{ playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt: session.facts.startedAt },
    });
    await session.pipeline.end('client_closed');
    await on.plane.closeBroadcast({ playbackName: 'show', endedAt: now() });
    expect(session.broken).toEqual([]);
    return verifyTimeline(on.layout, 'show');
  };

  test('video alone', async () => {
    const timeline = await publish(await sourceTags({ seconds: 4, audio: false }));
    expect(timeline.parts.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual([['v360']]);
    const { master } = await verifyPlaylists(on.plane.playlists('show')!);
    expect(master.variants.map(({ codecs }) => codecs)).toEqual(['avc1.64001e']);
  });

  test('audio alone', async () => {
    const timeline = await publish(await sourceTags({ seconds: 6, video: false }));
    expect(timeline.parts.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual([['audio']]);
    const { master } = await verifyPlaylists(on.plane.playlists('show')!);
    expect(master.variants.map(({ uri, codecs }) => [uri, codecs])).toEqual([['audio.m3u8', 'mp4a.40.2']]);
  });

  test.each(['CMAF', 'RTMP'] as const)('audio that comes late begins a new part (%s)', async (mode) => {
    const tags = await sourceTags({ seconds: 9 });
    const late = tags.filter(({ kind, timestampMs }) => kind !== 'audio' || timestampMs > 3_000);
    const header = tags.find(({ kind, isSequenceHeader }) => kind === 'audio' && isSequenceHeader)!;
    const at = late.findIndex(({ kind }) => kind === 'audio');
    late.splice(at, 0, { ...header, timestampMs: late[at]!.timestampMs });
    const timeline = await publish(late, mode);
    const video = mode === 'CMAF' ? 'v360' : 'source';
    expect(timeline.parts.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual([
      [video],
      [video, 'audio'],
    ]);
    if (mode === 'RTMP') return;
    const { media } = await verifyPlaylists(on.plane.playlists('show')!);
    expect(media.audio?.segments.filter(({ uri }) => uri.endsWith('gap.m4s')).length).toBeGreaterThan(0);
  });

  test('a clock that jumps begins a new part', async () => {
    const tags = await sourceTags({ seconds: 6 });
    const [before, after] = [
      tags.filter((tag) => tag.timestampMs < 3_500),
      tags.filter((tag) => tag.timestampMs >= 3_500),
    ];
    const timeline = await publish(before, 'CMAF', shifted(after, 90_000));
    expect(timeline.parts).toHaveLength(2);
  });
});

test('an ended preview that never went live leaves its segments to nobody', async () => {
  const session = openSession(on.plane, 'CMAF');
  await play(session.pipeline, await sourceTags({ seconds: 2 }), SPEED);
  await session.pipeline.end('client_closed');
  expect(on.plane.playlists(session.facts.previewName)).toBeNull();
  const left = await readdir(on.layout.sessionDir(session.facts.sessionId), { recursive: true });
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

import { parse, setOptions, types } from 'hls-parser';
import { readTimeline } from '../../../src/media/timeline/read';
import type { MediaTag } from '../../../src/media/contract';
import { openSession, play, sourceTags, stage, type Stage } from './harness';

setOptions({ strictMode: true });

let tags: MediaTag[];
let on: Stage;
beforeAll(async () => {
  tags = await sourceTags({ seconds: 8, size: '1280x720' });
});
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

test('a CMAF session becomes viewable, goes live and ends', async () => {
  const session = openSession(on.plane, 'CMAF');
  const playing = play(session.pipeline, tags, 2);
  const viewableMs = await session.viewable;
  const preview = on.plane.playlists(session.facts.previewName);
  const master = parse((await preview?.master()) ?? '') as types.MasterPlaylist;
  expect(master.variants.map((variant) => variant.uri)).toEqual(['v720.m3u8', 'v360.m3u8']);
  const goLiveAt = new Date().toISOString();
  await on.plane.openBroadcast({ playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt });
  await playing;
  const summary = await session.pipeline.end('client_closed');
  const closed = await on.plane.closeBroadcast({ playbackName: 'show', endedAt: new Date().toISOString() });
  const timeline = await readTimeline(on.layout.timeline('show'));
  expect(viewableMs).toBeLessThan(3_000);
  expect(summary).toMatchObject({ reason: 'client_closed', sessionId: session.facts.sessionId });
  expect(closed.segments).toBe(timeline?.segments.length);
  expect(timeline?.segments.map((segment) => segment.seq)).toEqual([0, 1, 2, 3]);
  expect(timeline?.end).not.toBeNull();
  expect(session.broken).toEqual([]);
});

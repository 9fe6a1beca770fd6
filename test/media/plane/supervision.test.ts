import { readdir, readFile } from 'node:fs/promises';
import type { MediaTag } from '../../../src/media/contract';
import { until } from '../../support/until';
import { openSession, play, shifted, sourceTags, stage, type OpenedSession, type Stage } from './harness';
import { verifyTimeline } from './verify';

let tags: MediaTag[];
let on: Stage;
beforeAll(async () => {
  tags = await sourceTags({ seconds: 20, size: '320x180', gopSeconds: 1 });
});
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

/** The encoders that this process has started: its children that write to pipe:3. */
async function encoders(): Promise<number[]> {
  const found: number[] = [];
  for (const task of await readdir('/proc/self/task')) {
    const children = await readFile(`/proc/self/task/${task}/children`, 'utf8').catch(() => '');
    for (const pid of children.split(' ').filter(Boolean).map(Number)) {
      const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (argv.includes('pipe:3')) found.push(pid);
    }
  }
  return found;
}

const encoder = (except = 0): Promise<number> =>
  until(async () => (await encoders()).find((pid) => pid !== except), {
    timeoutMs: 15_000,
    what: 'an ffmpeg',
  });

async function goLive(session: OpenedSession): Promise<void> {
  const goLiveAt = session.facts.startedAt;
  await on.plane.openBroadcast({ playbackName: 'show', sessionId: session.facts.sessionId, goLiveAt });
}

async function finish(session: OpenedSession) {
  await session.pipeline.end('client_closed');
  await on.plane.closeBroadcast({ playbackName: 'show', endedAt: new Date().toISOString() });
  return verifyTimeline(on.layout, 'show');
}

test('an ffmpeg that is killed is replaced: a new part, and the broadcast goes on', async () => {
  const session = openSession(on.plane, 'CMAF');
  const stop = new AbortController();
  const playing = play(session.pipeline, tags, 2, stop.signal);
  await session.viewable;
  await goLive(session);
  const first = await encoder();
  process.kill(first, 'SIGKILL');
  await encoder(first);
  const playlists = on.plane.playlists('show')!;
  await until(async () => (await playlists.media('v180'))?.includes('#EXT-X-DISCONTINUITY\n'), {
    timeoutMs: 15_000,
    what: 'segments of the second part',
  });
  stop.abort();
  await playing;
  const timeline = await finish(session);
  expect(timeline.parts.map(({ sessionPart }) => sessionPart)).toEqual([0, 1]);
  expect(session.broken).toEqual([]);
});

test('an ffmpeg that is fed but makes no progress is killed after 5 s and replaced', async () => {
  const session = openSession(on.plane, 'CMAF');
  const stop = new AbortController();
  const playing = play(session.pipeline, tags, 1, stop.signal);
  await session.viewable;
  await goLive(session);
  const stuck = await encoder();
  process.kill(stuck, 'SIGSTOP');
  const stuckFrom = performance.now();
  await until(async () => !(await encoders()).includes(stuck), {
    timeoutMs: 15_000,
    what: 'the end of the stuck one',
  });
  const tookMs = performance.now() - stuckFrom;
  expect(tookMs).toBeGreaterThan(4_000);
  expect(tookMs).toBeLessThan(9_000);
  await encoder(stuck);
  stop.abort();
  await playing;
  await finish(session);
  expect(session.broken).toEqual([]);
});

test('sessions that are well are left alone by the watch, in each mode and with sound alone', async () => {
  const sound = tags.filter(({ kind }) => kind === 'audio');
  const sessions = [
    { session: openSession(on.plane, 'RTMP'), own: tags },
    { session: openSession(on.plane, 'RTMP'), own: sound },
    { session: openSession(on.plane, 'CMAF'), own: sound },
  ];
  await Promise.all(sessions.map(({ session, own }) => play(session.pipeline, own, 2.2)));
  await Promise.all(sessions.map(({ session }) => session.pipeline.end('client_closed')));
  for (const { session } of sessions) {
    expect(await readdir(`${on.layout.sessionDir(session.facts.sessionId)}/parts`)).toEqual(['0']);
  }
});

test('the fourth death within a minute breaks a CMAF session, once; the recording goes on', async () => {
  const session = openSession(on.plane, 'CMAF');
  const stop = new AbortController();
  const playing = play(session.pipeline, tags, 2, stop.signal);
  let last = 0;
  for (let death = 0; death < 4; death += 1) {
    last = await encoder(last);
    process.kill(last, 'SIGKILL');
  }
  await until(() => session.broken.length > 0, { timeoutMs: 15_000, what: 'onBroken' });
  stop.abort();
  await playing;
  expect((await session.pipeline.end('client_closed')).bytes).toBeGreaterThan(0);
  expect(session.broken).toEqual(['ffmpeg died more than 3 times in a minute']);
});

test('an ffmpeg that can not be started breaks a CMAF session, and leaves an RTMP one alone', async () => {
  const plane = on.restart({ ffmpegPath: '/nowhere/ffmpeg' });
  const cmaf = openSession(plane, 'CMAF');
  const rtmp = openSession(plane, 'RTMP');
  await Promise.all([play(cmaf.pipeline, tags, 8), play(rtmp.pipeline, tags, 8)]);
  await rtmp.viewable;
  await until(() => cmaf.broken.length > 0, { timeoutMs: 5_000, what: 'onBroken' });
  expect(cmaf.broken).toHaveLength(1);
  await Promise.all([cmaf.pipeline.end('client_closed'), rtmp.pipeline.end('client_closed')]);
  expect(rtmp.broken).toEqual([]);
});

test('garbage from the encoder ends neither the process nor the session', async () => {
  const session = openSession(on.plane, 'CMAF');
  const broken = tags.slice(0, 300).map((tag, i) => {
    if (tag.isSequenceHeader || tag.kind === 'script' || i % 3) return tag;
    return {
      ...tag,
      payload: Buffer.concat([tag.payload.subarray(0, 5), Buffer.alloc(tag.payload.length, 0xa5)]),
    };
  });
  await play(session.pipeline, broken, 4);
  await play(session.pipeline, shifted(tags, 10_000), 8);
  await session.viewable;
  const summary = await session.pipeline.end('client_closed');
  expect(summary.bytes).toBeGreaterThan(0);
});

test('no ffmpeg is left behind', async () => {
  await until(async () => (await encoders()).length === 0, {
    timeoutMs: 5_000,
    what: 'the end of all encoders',
  });
});

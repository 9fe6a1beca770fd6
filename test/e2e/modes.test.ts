import { decodeErrors, probe } from '../archive/support/run';
import { until } from '../support/until';
import { Backend } from './support/backend';
import { startEncoder, stopEncoder, type Media } from './support/encoder';
import { fallsOf, videoPackets } from './support/packets';
import { startShowrunner, type Showrunner } from './support/showrunner';

/** Broadcasts of other modes and other media than the demo's, through the real processes: each is live, and has its recording. */
jest.setTimeout(180_000);

let showrunner: Showrunner;
let backend: Backend;

beforeAll(async () => {
  showrunner = await startShowrunner();
  backend = new Backend(showrunner);
});
afterAll(() => showrunner?.stop());

const STEP = { timeoutMs: 30_000 };
const LIVE_SECONDS = 5;
interface Case {
  mode: 'RTMP' | 'CMAF' | 'RTMP_CMAF';
  media: Media;
  kinds: string[];
  /** Which of the four outputs there must be. */
  cmaf: boolean;
  rtmp: boolean;
}
const CASES: Case[] = [
  { mode: 'RTMP', media: 'video and audio', kinds: ['audio', 'video'], cmaf: false, rtmp: true },
  { mode: 'RTMP', media: 'video only', kinds: ['video'], cmaf: false, rtmp: true },
  { mode: 'CMAF', media: 'audio only', kinds: ['audio'], cmaf: true, rtmp: false },
];

const kindsOf = async (url: string): Promise<string[]> =>
  [...new Set((await probe(url)).streams.map((stream) => stream.codec_type))].sort();

test.each(CASES)('$mode, $media', async ({ mode, media, kinds, cmaf, rtmp }) => {
  const appUserId = `${mode}-${media.replaceAll(' ', '-')}`.replaceAll('_', '-');
  const { api } = backend;
  const { room, publishUrl } = await backend.schedule(appUserId, mode);
  const encoder = startEncoder(publishUrl, media);
  try {
    await backend.keyIs(appUserId, 'ACTIVE');
    const live = await api.goLive(room.id);
    expect([live.cmafHlsPlayUrl !== null, live.cmafDashPlayUrl !== null]).toEqual([cmaf, cmaf]);
    expect([live.rtmpPlayUrl !== null, live.httpFlvPlayUrl !== null]).toEqual([rtmp, rtmp]);
    const outputs = [live.cmafHlsPlayUrl, live.cmafDashPlayUrl, live.rtmpPlayUrl, live.httpFlvPlayUrl];
    for (const url of outputs.filter((one) => one !== null)) {
      await until(async () => (await kindsOf(url)).join() === kinds.join(), {
        ...STEP,
        what: `${kinds.join()} at ${url}`,
      });
    }
    const since = Date.now();
    await until(() => Date.now() - since > LIVE_SECONDS * 1000, { ...STEP, what: 'some seconds to be live' });
  } finally {
    await stopEncoder(encoder);
  }
  await backend.roomIs(room, 'LIVE_INACTIVE');
  expect((await api.end(room.id)).videoRoomState).toBe('ENDED');
  const archived = await backend.roomIs(room, 'ARCHIVED');
  const post = await api.videoPost(archived.videoPostId!);
  expect(post.videoPostState).toBe('PROCESSED');
  const [vod, original] = await Promise.all([probe(archived.vodUrl!), probe(post.file.src!.url)]);
  for (const recording of [vod, original]) {
    expect([...new Set(recording.streams.map((stream) => stream.codec_type))].sort()).toEqual(kinds);
    expect(Number(recording.format.duration)).toBeGreaterThan(LIVE_SECONDS - 2);
  }
  expect(Math.abs(Number(vod.format.duration) - Number(original.format.duration))).toBeLessThan(2);
});

/** Some seconds of a live feed: enough for every order that three B-frames make. */
const FEED_SECONDS = 3;

test.each(['RTMP', 'RTMP_CMAF'])('B-frames in mode %s: every output is decoded in order', async (mode) => {
  const appUserId = `b-frames-${mode.replace('_', '-')}`;
  const { api } = backend;
  const { room, publishUrl } = await backend.schedule(appUserId, mode);
  const encoder = startEncoder(publishUrl, 'B-frames');
  try {
    await backend.keyIs(appUserId, 'ACTIVE');
    const live = await api.goLive(room.id);
    const packets = await videoPackets(live.httpFlvPlayUrl!, FEED_SECONDS);
    expect(packets.length).toBeGreaterThan(FEED_SECONDS * 20);
    expect(fallsOf(packets.map(({ dtsS }) => dtsS))).toBe(0);
    expect(fallsOf(packets.map(({ ptsS }) => ptsS))).toBeGreaterThan(10);
    if (live.cmafHlsPlayUrl)
      await until(async () => (await kindsOf(live.cmafHlsPlayUrl!)).length === 2, { ...STEP, what: 'HLS' });
  } finally {
    await stopEncoder(encoder);
  }
  await backend.roomIs(room, 'LIVE_INACTIVE');
  await api.end(room.id);
  const archived = await backend.roomIs(room, 'ARCHIVED');
  const post = await api.videoPost(archived.videoPostId!);
  for (const url of [archived.vodUrl!, post.file.src!.url]) {
    const packets = await videoPackets(url);
    expect(fallsOf(packets.map(({ dtsS }) => dtsS))).toBe(0);
    // Each picture once: shown at times of its own, a frame apart.
    const shown = packets.map(({ ptsS }) => ptsS).sort((a, b) => a - b);
    const steps = shown.slice(1).map((time, at) => time - shown[at]!);
    expect(Math.min(...steps)).toBeGreaterThan(0.03);
    expect(Math.max(...steps)).toBeLessThan(0.05);
    expect(await decodeErrors(url)).toEqual([]);
  }
});

test('the archive of a show runs while the next one of the same key is live', async () => {
  const appUserId = 'one-after-the-other';
  const { api } = backend;
  const archiver = showrunner.pidOf('archiver')!;
  const show = async (title: string, media: Media) => {
    const room = await api.createRoom(appUserId, title);
    const { streamKey, ingestUrl } = await api.streamKey(appUserId);
    const encoder = startEncoder(`${ingestUrl}/${streamKey}?mode=RTMP`, media);
    await backend.keyIs(appUserId, 'ACTIVE');
    const live = await api.goLive(room.id);
    await until(async () => (await kindsOf(live.rtmpPlayUrl!)).length > 0, { ...STEP, what: 'the show' });
    const since = Date.now();
    await until(() => Date.now() - since > 2_000, { ...STEP, what: 'two seconds to be live' });
    return { room, stop: () => stopEncoder(encoder) };
  };
  await api.createMember(appUserId);
  const first = await show('the first show', 'video only');
  await first.stop();
  await backend.roomIs(first.room, 'LIVE_INACTIVE');
  // It has work and does nothing, for as long as the next show needs to go on air.
  process.kill(archiver, 'SIGSTOP');
  const resume = () => process.kill(archiver, 'SIGCONT');
  let next: Awaited<ReturnType<typeof show>> | null = null;
  try {
    expect((await api.end(first.room.id)).videoRoomState).toBe('ENDED');
    next = await show('the next show', 'audio only');
    expect((await api.room(first.room.id)).videoRoomState).toBe('ENDED');
    resume();
    const archived = await backend.roomIs(first.room, 'ARCHIVED');
    expect((await api.room(next.room.id)).videoRoomState).toBe('LIVE');
    expect(await kindsOf(archived.vodUrl!)).toEqual(['video']);
    const firstPost = await api.videoPost(archived.videoPostId!);
    expect(await kindsOf(firstPost.file.src!.url)).toEqual(['video']);

    await next.stop();
    await backend.roomIs(next.room, 'LIVE_INACTIVE');
    await api.end(next.room.id);
    const nextArchived = await backend.roomIs(next.room, 'ARCHIVED');
    expect(nextArchived.videoPostId).not.toBe(archived.videoPostId);
    expect(await kindsOf(nextArchived.vodUrl!)).toEqual(['audio']);
  } finally {
    resume();
    await next?.stop();
  }
});

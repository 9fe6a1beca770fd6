import { probe } from '../archive/support/run';
import { until } from '../support/until';
import { Backend } from './support/backend';
import { startEncoder, stopEncoder, type Media } from './support/encoder';
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

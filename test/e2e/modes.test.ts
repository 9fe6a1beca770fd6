import { spawn, type ChildProcess } from 'node:child_process';
import { ApiClient, type RoomAnswer } from '../../src/demo/api-client';
import { probe } from '../archive/support/run';
import { until } from '../support/until';
import { startShowrunner, type Showrunner } from './support/showrunner';

/** Broadcasts of other modes and other media than the demo's, through the real processes: each is live, and has its recording. */
jest.setTimeout(180_000);

let showrunner: Showrunner;
let api: ApiClient;

beforeAll(async () => {
  showrunner = await startShowrunner();
  api = new ApiClient(showrunner.addresses.api, showrunner.credentials);
});
afterAll(() => showrunner?.stop());

const STEP = { timeoutMs: 30_000 };
const LIVE_SECONDS = 5;
const PICTURE = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
const SOUND = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
const X264 = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-tune',
  'zerolatency',
  '-pix_fmt',
  'yuv420p',
  '-g',
  '25',
];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];

interface Case {
  mode: 'RTMP' | 'CMAF' | 'RTMP_CMAF';
  media: 'video and audio' | 'video only' | 'audio only';
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

function startEncoder(url: string, media: Case['media']): ChildProcess {
  const video = media !== 'audio only';
  const audio = media !== 'video only';
  const args = ['-nostdin', '-v', 'error', ...(video ? PICTURE : []), ...(audio ? SOUND : [])];
  args.push(...(video ? X264 : []), ...(audio ? AAC : []), '-f', 'flv', url);
  return spawn('ffmpeg', args, { stdio: 'ignore' });
}

function stopEncoder(encoder: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (encoder.exitCode !== null || encoder.signalCode !== null) return done();
    encoder.once('exit', () => done());
    encoder.kill('SIGTERM');
  });
}

const kindsOf = async (url: string): Promise<string[]> =>
  [...new Set((await probe(url)).streams.map((stream) => stream.codec_type))].sort();

const roomIn = (room: RoomAnswer, state: string): Promise<RoomAnswer> =>
  until(
    async () => {
      const now = await api.room(room.id);
      return now.videoRoomState === state ? now : null;
    },
    { ...STEP, what: `room ${room.id} to be ${state}` },
  );

test.each(CASES)('$mode, $media', async ({ mode, media, kinds, cmaf, rtmp }) => {
  const appUserId = `${mode}-${media.replaceAll(' ', '-')}`.replaceAll('_', '-');
  await api.createMember(appUserId);
  const room = await api.createRoom(appUserId, `${mode}, ${media}`);
  const { streamKey, ingestUrl } = await api.streamKey(appUserId);
  const encoder = startEncoder(`${ingestUrl}/${streamKey}?mode=${mode}`, media);
  try {
    await until(async () => (await api.streamKey(appUserId)).streamKeyState === 'ACTIVE', {
      ...STEP,
      what: 'the key to be ACTIVE',
    });
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
  await roomIn(room, 'LIVE_INACTIVE');
  expect((await api.end(room.id)).videoRoomState).toBe('ENDED');
  const archived = await roomIn(room, 'ARCHIVED');
  const post = await api.videoPost(archived.videoPostId!);
  expect(post.videoPostState).toBe('PROCESSED');
  const [vod, original] = await Promise.all([probe(archived.vodUrl!), probe(post.file.src!.url)]);
  for (const recording of [vod, original]) {
    expect([...new Set(recording.streams.map((stream) => stream.codec_type))].sort()).toEqual(kinds);
    expect(Number(recording.format.duration)).toBeGreaterThan(LIVE_SECONDS - 2);
  }
  expect(Math.abs(Number(vod.format.duration) - Number(original.format.duration))).toBeLessThan(2);
});

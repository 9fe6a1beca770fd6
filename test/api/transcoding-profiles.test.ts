import { DEFAULT_LIVE_PROFILE } from '../../src/domain/live-profile';
import {
  DEFAULT_LIVE_PROFILE_ID,
  livePicturesOf,
  liveProfileProblem,
  type LiveProfileContent,
} from '../../src/domain/transcoding-profile';
import { ladderFor } from '../../src/media/ffmpeg/ladder';
import { insertTranscodingProfile } from '../../src/store/transcoding-profiles';
import { newOwner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
let customId: number;
beforeAll(async () => {
  api = await Harness.start();
  const row = await insertTranscodingProfile(api.knex, {
    appId: api.owner.appId,
    type: 'BROADCAST_RTMP',
    name: 'Tall',
    description: 'For phones',
    content: { segmentDuration: 2 },
  });
  customId = row.id;
});
afterAll(() => api.stop());

const list = async (query: string) =>
  (await api.get(`/transcoding-profiles?${query}`)).body.content.map((one: any) => one.id);

it.each([
  ['sortBy=CREATED_AT_ASC&creatorType=SYSTEM&type=VIDEO', [1, 5, 6]],
  ['type=BROADCAST_RTMP&creatorType=SYSTEM&sortBy=CREATED_AT_ASC', [4, 7]],
  ['representativeType=DEFAULT&type=VIDEO', [6]],
  ['type=BROADCAST_RTMP&name=MP4', []],
  ['name=PORTRAIT', [4]],
  ['name=%25', []],
])('lists by %s', async (query, ids) => {
  expect(await list(query)).toEqual(ids);
});

it('shows the system’s to all, and a custom one to its app alone', async () => {
  expect((await api.get('/transcoding-profiles/7')).body).toMatchObject({
    id: 7,
    type: 'BROADCAST_RTMP',
    creatorType: 'SYSTEM',
    representativeType: 'DEFAULT',
    app: null,
    profile: {
      segmentDuration: 2,
      videoStreams: [
        { name: '360p', type: 'video', width: 640, height: 360, bitrate: 800_000 },
        { name: '720p', type: 'video', width: 1280, height: 720, bitrate: 3_000_000 },
      ],
      audioStream: { name: 'audio', type: 'audio', bitrate: 128_000 },
      drm: false,
    },
    revision: 1,
  });
  expect(await list('creatorType=APP')).toEqual([customId]);
  expect((await api.get(`/transcoding-profiles/${customId}`)).body).toMatchObject({
    creatorType: 'APP',
    app: { id: api.owner.appId },
    description: 'For phones',
  });
  const as = await newOwner(api.knex, api.vault);
  for (const id of [customId, 8, 'x', '99999999999999999999'])
    expectError(
      await api.get(`/transcoding-profiles/${id}`, { as }),
      404,
      'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
    );
  expect((await api.get('/transcoding-profiles?creatorType=APP', { as })).body.totalElements).toBe(0);
});

it('the default of the database is what media encodes by where nobody chose', async () => {
  const { body } = await api.get(`/transcoding-profiles/${DEFAULT_LIVE_PROFILE_ID}`);
  expect({ shape: 'source', ...livePicturesOf(body.profile) }).toEqual(DEFAULT_LIVE_PROFILE);
  expect(liveProfileProblem(body.profile)).toBeNull();
});

describe('a chosen profile', () => {
  const sizes = (width: number, height: number, id: number) => {
    const wide = [
      { width: 1280, height: 720, kbps: 3_000 },
      { width: 640, height: 360, kbps: 800 },
    ];
    const pictures = id === 7 ? wide : wide.map((it) => ({ ...it, width: it.height, height: it.width }));
    return ladderFor({ width, height }, 30, { shape: 'fixed', pictures, audioKbps: 128 }).map((rung) => [
      ...[rung.id, rung.width, rung.height, rung.bitrateKbps],
    ]);
  };

  it('decides the pictures, whatever the shape of the source, and never enlarges it', () => {
    expect(sizes(1920, 1080, 7)).toEqual([
      ['v720', 1280, 720, 3000],
      ['v360', 640, 360, 800],
    ]);
    expect(sizes(1080, 1920, 4)).toEqual([
      ['v720', 720, 1280, 3000],
      ['v360', 360, 640, 800],
    ]);
    // A landscape source in portrait pictures is fitted to their width.
    expect(sizes(1280, 720, 4).map(([, ...size]) => size)).toEqual([
      [720, 1280, 3000],
      [360, 640, 800],
    ]);
    expect(sizes(854, 480, 7)[0]?.slice(0, 3)).toEqual(['v480', 854, 480]);
    expect(sizes(320, 180, 7)[0]?.slice(0, 3)).toEqual(['v180', 320, 180]);
  });
});

describe('what the packager can’t do is refused', () => {
  const good: LiveProfileContent = {
    segmentDuration: 2,
    videoStreams: [{ name: '480p', type: 'video', width: 854, height: 480, bitrate: 1_200_000 }],
    audioStream: { name: 'audio', type: 'audio', bitrate: 96_000 },
    drm: false,
  };
  const stream = (over: object) => ({ ...good.videoStreams[0]!, ...over });

  it('and the rest is taken', () => {
    expect(liveProfileProblem(good)).toBeNull();
  });

  it.each([
    [{ segmentDuration: 4 }, /segmentDuration/],
    [{ drm: true }, /drm/],
    [{ videoStreams: [] }, /1 to 4/],
    [{ videoStreams: [stream({ width: 855 })] }, /even/],
    [{ videoStreams: [stream({ height: 2160, width: 3840 })] }, /even numbers from 64 to 1920/],
    [{ videoStreams: [stream({ bitrate: 50 })] }, /bitrate/],
    [{ videoStreams: [stream({}), stream({ width: 360, height: 640 })] }, /same shape/],
    [{ videoStreams: [stream({}), stream({ bitrate: 600_000 })] }, /same size/],
    [{ audioStream: { name: 'audio' as const, type: 'audio' as const, bitrate: 1 } }, /audioStream/],
  ])('%j', (over, problem) => {
    expect(liveProfileProblem({ ...good, ...over })).toMatch(problem);
  });
});

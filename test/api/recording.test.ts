import { createRecordTransition } from '../../src/store/record-transition';
import {
  ensureVideoPostOfRoom,
  markPostLadder,
  markPostOriginal,
  markPostPlayable,
  markPostProcessed,
} from '../../src/store/video-posts';
import { newOwner, roomTransition } from '../store/fixtures';
import { BASES, expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('the recording', () => {
  it('shows on the room and as a video post, playable before it is archived', async () => {
    const room = await api.newRoom({ title: 'Finals' });
    const scope = { appId: api.owner.appId, roomId: room.id };
    const post = await ensureVideoPostOfRoom(api.knex, scope);
    await markPostPlayable(api.knex, post.id, { durationMs: 4_000, segments: 2 });
    const hls = `${BASES.http}/vod/${post.name}/master.m3u8`;

    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({
      vodUrl: null,
      videoPostId: post.id,
      videoPost: {
        id: post.id,
        state: 'ACTIVE',
        videoPostState: 'QUEUED',
        type: 'LIVE_RECORDED',
        title: 'Finals',
      },
    });
    const playable = await api.get(`/video-posts/${post.id}`);
    expect(playable).toMatchObject({
      status: 200,
      body: {
        id: post.id,
        state: 'ACTIVE',
        videoPostState: 'QUEUED',
        type: 'LIVE_RECORDED',
        accessLevel: 'PUBLIC',
        member: { id: api.owner.memberId, appUserId: 'alice' },
        videoRoom: { id: room.id, state: 'ACTIVE', type: 'BROADCAST_RTMP', title: 'Finals' },
        file: {
          src: null,
          processed: [],
          processedSummaries: [{ format: 'CMAF_HLS', url: hls }, { format: 'CMAF_MPEG_DASH' }],
        },
        uploadedAt: ISO,
        uploadFailedAt: null,
      },
    });

    await markPostOriginal(api.knex, post.id, { bytes: 1_234, durationMs: 4_000 });
    await markPostProcessed(api.knex, post.id);
    await createRecordTransition(api.knex)(
      roomTransition(api.owner, room.id, {
        from: 'ENDED',
        to: 'ARCHIVED',
        type: 'VIDEO_ROOM_ARCHIVED',
        patch: { vodState: 'ARCHIVED', vodArchivedAt: 'now', videoPostId: post.id },
      }),
    );
    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({
      videoRoomState: 'ARCHIVED',
      vodState: 'ARCHIVED',
      vodUrl: hls,
      vodArchivedAt: ISO,
    });
    expect((await api.get(`/video-posts/${post.id}`)).body).toMatchObject({
      videoPostState: 'PROCESSED',
      file: { src: { type: 'VIDEO_POST_SRC', contentType: 'video/mp4', size: 1_234 } },
    });
  });

  it('of a profile of MP4s alone has no HLS and no DASH once it is processed', async () => {
    const room = await api.newRoom();
    const post = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId: room.id });
    await markPostPlayable(api.knex, post.id, { durationMs: 4_000, segments: 2 });
    const size = { width: 1280, height: 720 };
    await markPostLadder(api.knex, post.id, [{ name: '720p', ...size, mp4Bytes: 900, segmentBytes: 0 }]);
    await markPostProcessed(api.knex, post.id);
    await api.knex('video_rooms').where({ id: room.id }).update({ state: 'ARCHIVED', vod_state: 'ARCHIVED' });
    const url = `${BASES.http}/vod/${post.name}/ladder/720p.mp4`;
    expect((await api.get(`/video-rooms/${room.id}`)).body.vodUrl).toBe(url);
    const { processed, processedSummaries } = (await api.get(`/video-posts/${post.id}`)).body.file;
    const none = { masterPlaylistFileId: null, masterPlaylistFileIds: [], mediaSegmentFileIds: [] };
    expect(processedSummaries).toEqual([{ format: 'MP4', url, size: 900, ...none }]);
    expect(processed).toMatchObject([{ contentType: 'video/mp4', size: 900, url }]);
  });

  it('names what was made of it once it is processed, and which playlist leads to it', async () => {
    const room = await api.newRoom();
    const post = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId: room.id });
    await markPostPlayable(api.knex, post.id, { durationMs: 4_000, segments: 2 });
    await markPostOriginal(api.knex, post.id, { bytes: 1_234, durationMs: 4_000 });
    await markPostLadder(api.knex, post.id, [
      { name: '720p', width: 1280, height: 720, mp4Bytes: 900, segmentBytes: 950 },
      { name: '360p', width: 640, height: 360, mp4Bytes: 300, segmentBytes: 320 },
      { name: 'audio', width: null, height: null, mp4Bytes: 80, segmentBytes: 90 },
    ]);
    const fileOf = async () => (await api.get(`/video-posts/${post.id}`)).body.file;
    const before = await fileOf();
    expect(before.processed).toEqual([]);
    expect(before.processedSummaries).toMatchObject([
      { masterPlaylistFileId: null, masterPlaylistFileIds: [], size: null },
      { masterPlaylistFileId: null, masterPlaylistFileIds: [], size: null },
    ]);
    await markPostProcessed(api.knex, post.id);
    const { src, processed, processedSummaries } = await fileOf();
    const at = `${BASES.http}/vod/${post.name}`;
    const made = {
      state: 'ACTIVE',
      type: 'VIDEO_POST_PROCESSED',
      drm: { isProtected: false, contentId: null },
    };
    expect(processed).toMatchObject([
      { ...made, url: `${at}/master.m3u8`, contentType: 'application/vnd.apple.mpegurl', size: 1_360 },
      { ...made, url: `${at}/manifest.mpd`, contentType: 'application/dash+xml', size: 1_360 },
      {
        ...made,
        url: `${at}/ladder/720p.mp4`,
        contentType: 'video/mp4',
        originalFileName: '720p.mp4',
        size: 900,
      },
      {
        ...made,
        url: `${at}/ladder/360p.mp4`,
        contentType: 'video/mp4',
        originalFileName: '360p.mp4',
        size: 300,
      },
    ]);
    const ids: number[] = processed.map(({ id }: { id: number }) => id);
    expect(new Set([src.id, ...ids]).size).toBe(5);
    expect(processedSummaries).toMatchObject([
      { format: 'CMAF_HLS', masterPlaylistFileId: ids[0], masterPlaylistFileIds: [ids[0]], size: 1_360 },
      {
        format: 'CMAF_MPEG_DASH',
        masterPlaylistFileId: ids[1],
        masterPlaylistFileIds: [ids[1]],
        size: 1_360,
      },
      { format: 'MP4', masterPlaylistFileId: null, size: 900 },
      { format: 'MP4', masterPlaylistFileId: null, size: 300 },
    ]);
    expect(await fileOf()).toEqual({ ...before, src, processed, processedSummaries });
  });

  it('knows no other app’s video post', async () => {
    const room = await api.newRoom();
    const post = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId: room.id });
    const other = await newOwner(api.knex, api.vault);
    expectError(await api.get(`/video-posts/${post.id}`, { as: other }), 404, 'VIDEO_POST_NOT_FOUND');
    expectError(await api.get('/video-posts/x'), 404, 'VIDEO_POST_NOT_FOUND');
  });
});

import { stepVideoPost } from '../../src/store/edit-video-posts';
import { ensureVideoPostOfRoom, markPostFailed } from '../../src/store/video-posts';
import { newMember, newOwner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

async function create(body: object = {}): Promise<any> {
  const reply = await api.post('/video-posts', { body: { appUserId: api.owner.appUserId, ...body } });
  expect(reply.status).toBe(201);
  return reply.body;
}
const patch = (id: number, body: object) =>
  api.ask(`/v2/apps/me/video-posts/${id}`, { method: 'PATCH', body });
const remove = (id: number) => api.ask(`/v2/apps/me/video-posts/${id}`, { method: 'DELETE' });
const idsOf = async (query: string): Promise<number[]> =>
  (await api.get(`/video-posts?${query}`)).body.content.map(({ id }: { id: number }) => id);

describe('creating', () => {
  it('answers a post that waits for its file', async () => {
    expect(
      await create({
        title: 'Talk',
        description: 'About types',
        accessLevel: 'MEMBER',
        videoProfileId: 5,
        customData: { course: 'ts' },
        somethingElse: 1,
      }),
    ).toMatchObject({
      state: 'ACTIVE',
      videoPostState: 'CREATED',
      type: 'PRE_RECORDED',
      title: 'Talk',
      description: 'About types',
      accessLevel: 'MEMBER',
      videoRoom: null,
      customData: { course: 'ts' },
      transcodingProfile: {
        video: { id: 5, type: 'VIDEO', name: '1080p MP4 for 16:9 (9:16)' },
        thumbnail: { id: 2, type: 'THUMBNAIL' },
        preview: { id: 3, type: 'PREVIEW' },
      },
      file: { src: null, processed: [], processedSummaries: [], preview: null, thumbnail: null },
      uploadedAt: null,
    });
    expect(await create()).toMatchObject({ title: '', accessLevel: 'PUBLIC', customData: null });
  });

  it('takes the other spelling of profiles, and only profiles of the right type', async () => {
    expect((await create({ videoTranscodingProfileId: 1 })).transcodingProfile.video.id).toBe(1);
    const owner = api.owner.appUserId;
    for (const body of [
      { videoProfileId: 7 },
      { videoProfileId: 999 },
      { thumbnailProfileId: 6 },
      { previewProfileId: 2 },
    ])
      expectError(
        await api.post('/video-posts', { body: { appUserId: owner, ...body } }),
        404,
        'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
      );
  });

  it('refuses what it can not take', async () => {
    const refused = async (body: object) => (await api.post('/video-posts', { body })).body.errorCode;
    expect(await refused({})).toBe('EMPTY_APP_USER_ID');
    expect(await refused({ appUserId: 'nobody' })).toBe('MEMBER_NOT_FOUND');
    const appUserId = api.owner.appUserId;
    expect(await refused({ appUserId, title: 'a\0b' })).toBe('INVALID_REQUEST');
    expect(await refused({ appUserId, videoProfileId: '6' })).toBe('INVALID_REQUEST');
    expect(await refused({ appUserId, accessLevel: 'ALL' })).toBe('INVALID_REQUEST');
    expect(await refused({ appUserId, customData: { a: 'x'.repeat(51) } })).toBe(
      'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED',
    );
    expectError(await api.post('/video-posts', { body: [] }), 400, 'INVALID_HTTP_MESSAGE_BODY');
  });
});

describe('listing', () => {
  it('filters by custom data, owner, title, state and level, and pages', async () => {
    const bob = await newMember(api.knex, api.vault, api.owner.appId, 'bob');
    const one = await create({ title: 'Listed one', customData: { topic: 'a', level: '1' } });
    const two = await create({
      title: 'Listed two',
      customData: { topic: 'a', level: '2' },
      accessLevel: 'APP',
    });
    const three = await create({ appUserId: 'bob', title: 'Listed three', customData: { topic: 'b' } });
    expect(await idsOf('customData.topic=a&sortBy=CREATED_AT_ASC')).toEqual([one.id, two.id]);
    expect(await idsOf('customData.topic=a&customData.level=2')).toEqual([two.id]);
    expect(await idsOf('customData.topic=a&customData.nothing=x')).toEqual([]);
    expect(await idsOf('customData.topic=%25')).toEqual([]);
    expect(await idsOf(`memberId=${bob.memberId}`)).toEqual([three.id]);
    expect(await idsOf('appUserId=bob')).toEqual([three.id]);
    expect(await idsOf('keyword=LISTED%20T')).toEqual([three.id, two.id]);
    expect(await idsOf('keyword=listed&accessLevel=APP')).toEqual([two.id]);
    expect(await idsOf('keyword=listed&videoPostState=PROCESSED')).toEqual([]);
    const page = (await api.get('/video-posts?keyword=listed&pageSize=2&page=1')).body;
    expect(page).toMatchObject({ totalElements: 3, totalPages: 2, numberOfElements: 1, last: true });
    expect((await api.get('/video-posts?page=1000')).body).toMatchObject({ content: [], empty: true });
    for (const query of ['videoPostState=X', 'memberId=x', 'customData.a=1&customData.a=2', 'page=-1'])
      expectError(await api.get(`/video-posts?${query}`), 400, 'INVALID_REQUEST');
  });

  it('by custom data reads an index', async () => {
    const { rows } = await api.knex.transaction(async (trx) => {
      // A table of a few rows is read whole otherwise.
      await trx.raw('set local enable_seqscan = off');
      return trx.raw<{ rows: { 'QUERY PLAN': string }[] }>(
        `explain select id from video_posts p where p.custom_data @> '{"topic":"a"}'::jsonb`,
      );
    });
    expect(rows.map((row) => row['QUERY PLAN']).join()).toContain('video_posts_custom_data');
  });
});

describe('changing', () => {
  it('leaves what is absent, removes what is null', async () => {
    const { id } = await create({
      title: 'Old',
      description: 'd',
      customData: { a: 'b' },
      videoProfileId: 1,
    });
    expect((await patch(id, { title: 'New' })).body).toMatchObject({ title: 'New', description: 'd' });
    const emptied = { description: null, customData: null, videoProfileId: null, title: null };
    expect((await patch(id, emptied)).body).toMatchObject({
      title: '',
      description: null,
      customData: null,
      transcodingProfile: { video: { id: 6 } },
    });
    expect((await patch(id, {})).status).toBe(200);
  });

  it('never makes a post public by a level that is null', async () => {
    const { id } = await create({ accessLevel: 'PRIVATE' });
    expect((await patch(id, { accessLevel: null })).body.accessLevel).toBe('PRIVATE');
    expect((await patch(id, { accessLevel: 'APP' })).body.accessLevel).toBe('APP');
  });

  it('changes profiles only until transcoding begins', async () => {
    const { id } = await create();
    await api.knex('video_posts').where({ id }).update({ state: 'QUEUED' });
    expect((await patch(id, { videoProfileId: 5 })).status).toBe(200);
    await stepVideoPost(api.knex, id, 'processing');
    expectError(await patch(id, { videoProfileId: 1 }), 400, 'VIDEO_POST_TRANSCODING_BEGUN');
    expect((await patch(id, { title: 'Still' })).status).toBe(200);
  });
});

describe('deleting', () => {
  it('is refused while it is at work, and done once', async () => {
    const { id } = await create();
    for (const state of ['UPLOADED', 'QUEUED', 'PROCESSING']) {
      await api.knex('video_posts').where({ id }).update({ state });
      expectError(await remove(id), 400, 'VIDEO_POST_IN_USE');
    }
    await api.knex('video_posts').where({ id }).update({ state: 'PROCESSED' });
    expect((await remove(id)).status).toBe(204);
    expectError(await remove(id), 404, 'VIDEO_POST_NOT_FOUND');
    expectError(await api.get(`/video-posts/${id}`), 404, 'VIDEO_POST_NOT_FOUND');
    expectError(await patch(id, {}), 404, 'VIDEO_POST_NOT_FOUND');
    expect(await idsOf('pageSize=1000')).not.toContain(id);
  });

  it('is refused while its room is live or archived', async () => {
    const room = await api.newRoom();
    const post = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId: room.id });
    await api.knex('video_posts').where({ id: post.id }).update({ state: 'PROCESSED' });
    await api.knex('video_rooms').where({ id: room.id }).update({ state: 'ENDED', vod_state: 'ARCHIVING' });
    expectError(await remove(post.id), 400, 'VIDEO_POST_IN_USE');
    await api.knex('video_rooms').where({ id: room.id }).update({ state: 'ARCHIVED', vod_state: 'ARCHIVED' });
    expect((await remove(post.id)).status).toBe(204);
  });
});

describe('retrying', () => {
  it('takes up what failed, and nothing else', async () => {
    const { id } = await create();
    expectError(await api.post(`/video-posts/${id}/retry`), 400, 'VIDEO_POST_STATE_NOT_FAILED');
    await api.knex('video_posts').where({ id }).update({ state: 'FAILED_PROCESSING', failure: 'broken' });
    expect((await api.post(`/video-posts/${id}/retry`)).body.videoPostState).toBe('PROCESSING');
    expect(api.posts.processed).toContainEqual({ appId: api.owner.appId, videoPostId: id });
    expectError(await api.post('/video-posts/999999/retry'), 404, 'VIDEO_POST_NOT_FOUND');
  });

  it('of a broadcast asks its room to archive it again', async () => {
    const room = await api.newRoom();
    const post = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId: room.id });
    await api.knex('video_posts').where({ id: post.id }).update({ state: 'QUEUED' });
    await markPostFailed(api.knex, post.id, 'broken');
    api.commands.commands.length = 0;
    expect((await api.post(`/video-posts/${post.id}/retry`)).status).toBe(200);
    expect(api.commands.commands.map(({ name }) => name)).toEqual(['retryArchive']);
  });
});

it('no post of another app is seen or touched', async () => {
  const { id } = await create();
  const other = await newOwner(api.knex, api.vault);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/retry'],
  ])
    expectError(
      await api.ask(`/v2/apps/me/video-posts/${id}${path}`, { method, as: other }),
      404,
      'VIDEO_POST_NOT_FOUND',
    );
  expect((await api.get('/video-posts', { as: other })).body.totalElements).toBe(0);
});

import { createKeyResolver } from '../../src/store/key-resolver';
import { createRecordTransition } from '../../src/store/record-transition';
import { insertTranscodingProfile } from '../../src/store/transcoding-profiles';
import { keyTransition, newMember, newOwner, type Owner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
let owner: Owner;
beforeAll(async () => {
  api = await Harness.start();
});
beforeEach(async () => {
  owner = await newOwner(api.knex, api.vault);
});
afterAll(() => api.stop());

const path = (rest = '') => `/stream-keys/${owner.streamKeyId}${rest}`;
const get = (where: string) => api.get(where, { as: owner });
const patch = (body: object) => api.ask(`/v2/apps/me${path()}`, { method: 'PATCH', body, as: owner });
const inUse = () => createRecordTransition(api.knex)(keyTransition(owner));

describe('lists', () => {
  it.each([
    ['sortBy=CREATED_AT_ASC', ['alice', 'bob', 'Carol_1']],
    ['', ['Carol_1', 'bob', 'alice']],
    ['appUserId=bob', ['bob']],
    ['appUserName=ROB', ['bob']],
    ['keyword=_', ['Carol_1']],
    ['keyword=robert', ['bob']],
    ['videoRoomId=999999', []],
    ['sortBy=CREATED_AT_ASC&pageSize=1&page=1', ['bob']],
    ['page=1000000', []],
  ])('by "%s"', async (query, names) => {
    await newMember(api.knex, api.vault, owner.appId, 'bob');
    await newMember(api.knex, api.vault, owner.appId, 'Carol_1');
    await api.ask('/v2/apps/me/members/bob', { method: 'PATCH', body: { appUserName: 'Robert' }, as: owner });
    const { body } = await get(`/stream-keys?${query}`);
    expect(body.content.map((key: any) => key.member.appUserId)).toEqual(names);
  });

  it('by member and by the room that is held', async () => {
    const other = await newMember(api.knex, api.vault, owner.appId, 'bob');
    const byMember = await get(`/stream-keys?memberId=${other.memberId}`);
    expect(byMember.body).toMatchObject({ totalElements: 1, content: [{ id: other.streamKeyId }] });
    const room = await api.post('/video-rooms', {
      as: owner,
      body: { appUserId: 'alice', type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' },
    });
    await createRecordTransition(api.knex)(keyTransition(owner, { patch: { videoRoomId: room.body.id } }));
    const byRoom = await get(`/stream-keys?videoRoomId=${room.body.id}`);
    expect(byRoom.body).toMatchObject({ totalElements: 1, content: [{ id: owner.streamKeyId }] });
  });
});

it('knows no other app’s key', async () => {
  const other = await newOwner(api.knex, api.vault);
  const foreign = `/stream-keys/${other.streamKeyId}`;
  expectError(await get(foreign), 404, 'STREAM_KEY_NOT_FOUND');
  expectError(await api.post(`${foreign}/reissue`, { as: owner }), 404, 'STREAM_KEY_NOT_FOUND');
  const change = await api.ask(`/v2/apps/me${foreign}`, { method: 'PATCH', body: {}, as: owner });
  expectError(change, 404, 'STREAM_KEY_NOT_FOUND');
  expect((await get(`/stream-keys?memberId=${other.memberId}`)).body.totalElements).toBe(0);
});

describe('profile and mode', () => {
  const resolved = () => createKeyResolver(api.knex, api.vault).resolve(owner.streamKey);

  it('are chosen, shown, and what the next publish goes by; null goes back to the app', async () => {
    const chosen = await patch({ profileId: 4, defaultRtmpOutputMode: 'RTMP_CMAF' });
    expect(chosen.body).toMatchObject({
      defaultRtmpOutputMode: 'RTMP_CMAF',
      profile: {
        id: 4,
        profile: {
          videoStreams: [
            { width: 360, height: 640 },
            { width: 720, height: 1280 },
          ],
        },
      },
    });
    expect(await resolved()).toMatchObject({
      keyMode: 'RTMP_CMAF',
      profile: {
        shape: 'fixed',
        pictures: [
          { width: 720, height: 1280, kbps: 3000 },
          { width: 360, height: 640, kbps: 800 },
        ],
        audioKbps: 128,
      },
    });
    await api.knex('apps').where({ id: owner.appId }).update({ default_profile_id: 4 });
    const back = await patch({ profileId: null, defaultRtmpOutputMode: null });
    expect(back.body).toMatchObject({ defaultRtmpOutputMode: null, profile: { id: 4 } });
    expect(await resolved()).toMatchObject({ keyMode: null, profile: { shape: 'fixed' } });
    await api.knex('apps').where({ id: owner.appId }).update({ default_profile_id: null });
    expect((await get(path())).body.profile.id).toBe(7);
    expect(await resolved()).toMatchObject({ profile: { shape: 'source' } });
  });

  it('leaves what the body does not name', async () => {
    await patch({ profileId: 4 });
    expect((await patch({ defaultRtmpOutputMode: 'CMAF' })).body.profile.id).toBe(4);
    expect((await patch({})).body.defaultRtmpOutputMode).toBe('CMAF');
  });

  it('takes profiles of the system and of this app, for live streams', async () => {
    const content = {};
    const own = {
      appId: owner.appId,
      type: 'BROADCAST_RTMP' as const,
      name: 'Own',
      description: null,
      content,
    };
    const mine = await insertTranscodingProfile(api.knex, own);
    expect((await patch({ profileId: mine.id })).body.profile).toMatchObject({ id: mine.id, name: 'Own' });
    const other = await newOwner(api.knex, api.vault);
    const theirs = await insertTranscodingProfile(api.knex, { ...own, appId: other.appId });
    for (const profileId of [theirs.id, 8, 999_999])
      expectError(await patch({ profileId }), 404, 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND');
    expectError(await patch({ profileId: 6 }), 400, 'VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP');
    for (const profileId of [0, 1.5, '4', 1e30])
      expectError(await patch({ profileId }), 400, 'INVALID_REQUEST');
    expectError(await patch({ defaultRtmpOutputMode: 'HLS' }), 400, 'INVALID_REQUEST');
  });
});

describe('reissue', () => {
  it('replaces the key, and no look-up finds the old one', async () => {
    const reply = await api.post(path('/reissue'), { as: owner });
    expect(reply.status).toBe(200);
    expect(reply.body.streamKey).toMatch(new RegExp(`^${owner.streamKeyId}k`));
    expect(reply.body.streamKey).not.toBe(owner.streamKey);
    const { resolve } = createKeyResolver(api.knex, api.vault);
    expect(await resolve(owner.streamKey)).toBeNull();
    expect(await resolve(reply.body.streamKey)).toMatchObject({ keyVersion: 2 });
  });

  it('refuses a key that is in use', async () => {
    await inUse();
    expectError(await api.post(path('/reissue'), { as: owner }), 400, 'STREAM_KEY_STATE_NOT_INACTIVE');
    expect((await get(path())).body.streamKey).toBe(owner.streamKey);
  });

  it('asked again with the same key, answers the present one and replaces nothing; it is stored nowhere', async () => {
    const headers = { 'idempotency-key': `again-${owner.appId}` };
    const asked = api.commands.reissued.length;
    const first = await api.post(path('/reissue'), { as: owner, headers });
    const again = await api.post(path('/reissue'), { as: owner, headers });
    expect(again.body.streamKey).toBe(first.body.streamKey);
    expect(api.commands.reissued).toHaveLength(asked + 1);
    const kept = await api.knex('idempotency_keys').where({ app_id: owner.appId });
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(first.body.streamKey);
    expect(api.log).not.toContain(first.body.streamKey);
  });

  it('says 503 while Temporal is away, and nothing was replaced', async () => {
    api.commands.away = true;
    const reply = await api.post(path('/reissue'), { as: owner });
    api.commands.away = false;
    expectError(reply, 503, 'CONTROL_PLANE_UNAVAILABLE');
    expect((await get(path())).body.streamKey).toBe(owner.streamKey);
  });
});

import { createKeyResolver } from '../../src/store/key-resolver';
import { createRecordTransition } from '../../src/store/record-transition';
import { keyTransition, newOwner, newRoom, type Owner } from '../store/fixtures';
import { BASES, expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('POST /members', () => {
  it('registers a member', async () => {
    const reply = await api.post('/members', {
      body: {
        appUserId: 'bob',
        appUserName: 'Bob',
        customType: 'host',
        customData: { seat: '1' },
        id: 5,
        state: null,
      },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.any(Number),
      state: 'ACTIVE',
      app: { id: api.owner.appId, state: 'ACTIVE', name: 'Test app' },
      appUserId: 'bob',
      appUserName: 'Bob',
      appUserProfileImgUrl: null,
      email: null,
      country: null,
      lang: null,
      customType: 'host',
      customData: { seat: '1' },
      createdAt: ISO,
      lastModifiedAt: ISO,
    });
  });

  it('updates one that exists', async () => {
    const first = await api.post('/members', { body: { appUserId: 'carol', appUserName: 'Carol' } });
    const second = await api.post('/members', {
      body: { appUserId: 'carol', appUserProfileImgUrl: 'http://x/y.png' },
    });
    expect(second.status).toBe(201);
    expect(second.body).toMatchObject({
      id: first.body.id,
      appUserName: 'Carol',
      appUserProfileImgUrl: 'http://x/y.png',
      createdAt: first.body.createdAt,
    });
  });

  it.each([
    [{}, 'EMPTY_APP_USER_ID'],
    [{ appUserId: null }, 'EMPTY_APP_USER_ID'],
    [{ appUserId: '' }, 'EMPTY_APP_USER_ID'],
    [{ appUserId: 7 }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ appUserId: 'a b' }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ appUserId: 'ü' }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ appUserId: 'a\n' }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ appUserId: 'a'.repeat(65) }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ appUserId: 'a', customType: 'x'.repeat(51) }, 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'],
    [
      {
        appUserId: 'a',
        customData: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'])),
      },
      'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED',
    ],
    [
      { appUserId: 'a', customData: { ['k'.repeat(51)]: 'v' } },
      'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED',
    ],
    [
      { appUserId: 'a', customData: { k: 'v'.repeat(51) } },
      'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED',
    ],
    [{ appUserId: 'a', customData: { k: 1 } }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', customData: [] }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', customData: { k: 'a\0b' } }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', appUserName: 'a\0b' }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', appUserName: 'half a smile: \ud83d' }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', customData: { k: '\ud83d' } }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', customData: { '\ude00': 'v' } }, 'INVALID_REQUEST'],
    [{ appUserId: 'a', appUserName: {} }, 'INVALID_REQUEST'],
  ])('refuses %j with %s', async (body, code) => {
    expectError(await api.post('/members', { body }), 400, code);
  });
});

describe('a member of an app of its own', () => {
  let owner: Owner;
  beforeEach(async () => {
    owner = await newOwner(api.knex, api.vault, 'alice');
  });
  const ask = (method: string, path: string, body?: object) =>
    api.ask(`/v2/apps/me/members${path}`, { method, body, as: owner });
  const register = (appUserId: string, appUserName?: string) => ask('POST', '', { appUserId, appUserName });

  it('is read and changed; null removes', async () => {
    await register('bob', 'Bob');
    const changed = await ask('PATCH', '/bob', { appUserName: null, country: 'KR', lang: 'ko', id: 9 });
    expect(changed.body).toMatchObject({ appUserId: 'bob', appUserName: null, country: 'KR', lang: 'ko' });
    expect((await ask('PATCH', '/bob', {})).body.country).toBe('KR');
    expect((await ask('GET', '/bob')).body).toMatchObject({ country: 'KR', appUserName: null });
    expectError(await ask('PATCH', '/bob', { appUserName: 5 }), 400, 'INVALID_REQUEST');
    for (const path of ['/nobody', '/BOB', '/%00', '/bob%20'])
      for (const method of ['GET', 'PATCH'])
        expectError(await ask(method, path, method === 'PATCH' ? {} : undefined), 404, 'MEMBER_NOT_FOUND');
  });

  it.each([
    ['sortBy=APP_USER_ID_ASC', ['alice', 'bob', 'carol']],
    ['sortBy=APP_USER_ID_DESC&pageSize=2', ['carol', 'bob']],
    ['sortBy=CREATED_AT_ASC&page=2&pageSize=1', ['carol']],
    ['appUserId=bob', ['bob']],
    ['appUserName=OBE', ['bob']],
    ['appUserName=%25', []],
    ['pageSize=5000&page=1', []],
  ])('is listed by %s', async (query, names) => {
    await register('bob', 'Robert');
    await register('carol', 'Carol');
    const { body } = await ask('GET', `?${query}`);
    expect(body.content.map((one: any) => one.appUserId)).toEqual(names);
  });

  it('is deleted with its key, several at once', async () => {
    await register('bob');
    const key = (await ask('GET', '/bob/stream-key')).body;
    expect(await ask('DELETE', '/bob,alice,bob')).toMatchObject({ status: 204, body: null });
    expect((await ask('GET', '')).body.totalElements).toBe(0);
    expectError(await ask('GET', '/bob/stream-key'), 404, 'MEMBER_NOT_FOUND');
    expectError(await api.get(`/stream-keys/${key.id}`, { as: owner }), 404, 'STREAM_KEY_NOT_FOUND');
    expect(await createKeyResolver(api.knex, api.vault).resolve(key.streamKey)).toBeNull();
    expect(api.commands.reissued.map((one) => one.streamKeyId)).toContain(key.id);
  });

  it('takes its scheduled broadcasts with it, and nobody else’s', async () => {
    await register('bob');
    const newRoom = (appUserId: string): Promise<any> =>
      api
        .post('/video-rooms', {
          body: { appUserId, type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' },
          as: owner,
        })
        .then(({ body }) => body);
    const [bobs, alices] = [await newRoom('bob'), await newRoom('alice')];
    expect((await ask('DELETE', '/bob')).status).toBe(204);
    const stateOf = async (room: any) => (await api.get(`/video-rooms/${room.id}`, { as: owner })).body;
    expect(await stateOf(bobs)).toMatchObject({
      videoRoomState: 'CANCELLED',
      cancelledAt: expect.any(String),
    });
    expect(await stateOf(alices)).toMatchObject({ videoRoomState: 'SCHEDULED', cancelledAt: null });
  });

  it('is there again once it registers, with a new key and an empty profile', async () => {
    const before = (await ask('GET', '/alice/stream-key')).body;
    await ask('PATCH', '/alice', { email: 'alice@example.com' });
    await ask('DELETE', '/alice');
    const again = await register('alice', 'New');
    expect(again).toMatchObject({
      status: 201,
      body: { id: owner.memberId, state: 'ACTIVE', appUserName: 'New', email: null },
    });
    const after = (await ask('GET', '/alice/stream-key')).body;
    expect(after.id).toBe(before.id);
    expect(after.streamKey).not.toBe(before.streamKey);
    const { resolve } = createKeyResolver(api.knex, api.vault);
    expect(await resolve(before.streamKey)).toBeNull();
    expect((await resolve(after.streamKey))?.keyVersion).toBeGreaterThan(2);
  });

  it('is not deleted together with one who is unknown', async () => {
    for (const list of ['/alice,nobody', '/alice,', '/alice,%00'])
      expectError(await ask('DELETE', list), 404, 'MEMBER_NOT_FOUND');
    expectError(await ask('DELETE', `/${Array(101).fill('a').join(',')}`), 400, 'INVALID_REQUEST');
    expect((await ask('GET', '/alice')).status).toBe(200);
  });

  it('is not deleted, nor are those with it, while its key is in use or its room is live', async () => {
    await register('bob');
    await createRecordTransition(api.knex)(keyTransition(owner));
    expectError(await ask('DELETE', '/bob,alice'), 400, 'MEMBER_IN_USE');
    await api.knex('stream_keys').where({ id: owner.streamKeyId }).update({ state: 'INACTIVE' });
    const roomId = await newRoom(api.knex, owner);
    await api.knex('video_rooms').where({ id: roomId }).update({ state: 'LIVE_INACTIVE' });
    expectError(await ask('DELETE', '/bob,alice'), 400, 'MEMBER_IN_USE');
    expect((await ask('GET', '')).body.totalElements).toBe(2);
  });

  it('is not deleted while nobody could tell its key', async () => {
    api.commands.away = true;
    const reply = await ask('DELETE', '/alice');
    api.commands.away = false;
    expectError(reply, 503, 'CONTROL_PLANE_UNAVAILABLE');
    expect((await ask('GET', '/alice')).status).toBe(200);
  });

  it('has its key force-terminated by its name', async () => {
    expect(await ask('POST', '/alice/stream-key/force-terminate')).toMatchObject({ status: 204, body: null });
    expect(api.commands.forceTerminated.at(-1)).toMatchObject({ streamKeyId: owner.streamKeyId });
    expectError(await ask('POST', '/nobody/stream-key/force-terminate'), 404, 'MEMBER_NOT_FOUND');
  });
});

describe('GET /members/{appUserId}/stream-key', () => {
  it('shows the key to its app, before it was ever used', async () => {
    const { owner } = api;
    const reply = await api.get(`/members/${owner.appUserId}/stream-key`);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      id: owner.streamKeyId,
      state: 'ACTIVE',
      streamKeyState: 'INACTIVE',
      forciblyTerminated: false,
      app: { id: owner.appId, state: 'ACTIVE', name: 'Test app', defaultRtmpOutputMode: 'RTMP' },
      member: {
        id: owner.memberId,
        state: 'ACTIVE',
        appUserId: owner.appUserId,
        appUserName: null,
        appUserProfileImgUrl: null,
      },
      videoRoom: null,
      ingestUrl: `${BASES.rtmp}/live`,
      streamKey: owner.streamKey,
      mode: null,
      defaultRtmpOutputMode: null,
      playUrl: null,
      cmafHlsPlayUrl: null,
      cmafDashPlayUrl: null,
      rtmpPlayUrl: null,
      httpFlvPlayUrl: null,
      liveUrl: null,
      profile: expect.objectContaining({ state: 'ACTIVE', type: 'BROADCAST_RTMP', revision: 1 }),
      error: null,
      createdAt: ISO,
      lastModifiedAt: ISO,
    });
  });

  it('has the preview’s URLs only while it can be watched, and the room it holds', async () => {
    const { owner, knex, vault } = api;
    const preview = vault.previewName('s');
    const record = createRecordTransition(knex);
    const key = async () => (await api.get(`/members/${owner.appUserId}/stream-key`)).body;
    await record(
      keyTransition(owner, {
        patch: { epoch: 1, sessionId: 's', sessionMode: 'RTMP_CMAF' },
      }),
    );
    expect(await key()).toMatchObject({
      streamKeyState: 'ACTIVE_PREP',
      mode: 'RTMP_CMAF',
      playUrl: null,
      liveUrl: null,
    });
    await record(
      keyTransition(owner, {
        transitionNumber: 2,
        from: 'ACTIVE_PREP',
        to: 'ACTIVE',
        type: 'STREAM_KEY_ACTIVE',
        patch: {},
      }),
    );
    expect(await key()).toMatchObject({
      streamKeyState: 'ACTIVE',
      playUrl: `${BASES.http}/live/${preview}/master.m3u8`,
      cmafHlsPlayUrl: `${BASES.http}/live/${preview}/master.m3u8`,
      cmafDashPlayUrl: `${BASES.http}/live/${preview}/manifest.mpd`,
      rtmpPlayUrl: `${BASES.rtmp}/live/${preview}`,
      httpFlvPlayUrl: `${BASES.http}/egress/${preview}.flv`,
      liveUrl: `${BASES.http}/live/${preview}/master.m3u8`,
    });
    const room = await api.newRoom({ title: 'Held' });
    await record(
      keyTransition(owner, {
        transitionNumber: 3,
        from: 'ACTIVE',
        to: 'ACTIVE_LIVE',
        type: 'STREAM_KEY_ACTIVE_LIVE',
        patch: { videoRoomId: room.id },
      }),
    );
    expect(await key()).toMatchObject({
      streamKeyState: 'ACTIVE_LIVE',
      rtmpPlayUrl: `${BASES.rtmp}/live/${preview}`,
      videoRoom: {
        id: room.id,
        state: 'ACTIVE',
        videoRoomState: 'SCHEDULED',
        type: 'BROADCAST_RTMP',
        title: 'Held',
      },
    });
  });

  it('knows nobody else’s members', async () => {
    const other = await newOwner(api.knex, api.vault, 'zoe');
    expectError(await api.get('/members/zoe/stream-key'), 404, 'MEMBER_NOT_FOUND');
    expectError(await api.get('/members/nobody/stream-key'), 404, 'MEMBER_NOT_FOUND');
    expectError(await api.get('/members/%00/stream-key'), 404, 'MEMBER_NOT_FOUND');
    expect((await api.get('/members/zoe/stream-key', { as: other })).status).toBe(200);
    expectError(await api.get('/members/ALICE/stream-key'), 404, 'MEMBER_NOT_FOUND');
  });
});

describe('POST /stream-keys/{id}/force-terminate', () => {
  it('tells the control plane who the key is, and answers 204 without a body', async () => {
    const reply = await api.post(`/stream-keys/${api.owner.streamKeyId}/force-terminate`);
    expect(reply).toMatchObject({ status: 204, body: null });
    expect(api.commands.forceTerminated.at(-1)).toEqual({
      appId: api.owner.appId,
      memberId: api.owner.memberId,
      streamKeyId: api.owner.streamKeyId,
    });
  });

  it('knows no other app’s key', async () => {
    const other = await newOwner(api.knex, api.vault);
    expectError(
      await api.post(`/stream-keys/${other.streamKeyId}/force-terminate`),
      404,
      'STREAM_KEY_NOT_FOUND',
    );
    expectError(await api.post('/stream-keys/x/force-terminate'), 404, 'STREAM_KEY_NOT_FOUND');
  });

  it('says 503 while Temporal is away', async () => {
    api.commands.away = true;
    const reply = await api.post(`/stream-keys/${api.owner.streamKeyId}/force-terminate`);
    api.commands.away = false;
    expectError(reply, 503, 'CONTROL_PLANE_UNAVAILABLE');
  });
});

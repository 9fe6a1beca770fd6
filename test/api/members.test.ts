import { createRecordTransition } from '../../src/store/record-transition';
import { keyTransition, newOwner } from '../store/fixtures';
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
    [{ appUserId: 'a', appUserName: {} }, 'INVALID_REQUEST'],
  ])('refuses %j with %s', async (body, code) => {
    expectError(await api.post('/members', { body }), 400, code);
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
      httpFlvPlayUrl: `${BASES.http}/live/${preview}.flv`,
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

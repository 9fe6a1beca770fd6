import { createRecordTransition } from '../../src/store/record-transition';
import { newOwner, roomTransition } from '../store/fixtures';
import { AWAY_DETAIL } from './commands-double';
import { BASES, expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const NO_URLS = {
  playUrl: null,
  cmafHlsPlayUrl: null,
  cmafDashPlayUrl: null,
  rtmpPlayUrl: null,
  httpFlvPlayUrl: null,
  liveUrl: null,
};
const stateOf = (room: { id: number }, state: string) =>
  `/video-rooms/${room.id}/rtmp-broadcast/state/${state}`;

describe('POST /video-rooms', () => {
  it('creates a scheduled room and starts its workflow', async () => {
    const { owner } = api;
    const room = await api.newRoom({
      title: 'Finals',
      scheduledAt: '2027-01-01T09:00:00+09:00',
      reconnectWindow: 30,
    });
    expect(room).toEqual({
      id: expect.any(Number),
      state: 'ACTIVE',
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'BROADCAST_RTMP',
      protocol: 'RTMP',
      videoRoomState: 'SCHEDULED',
      forciblyTerminated: false,
      vodState: 'NOT_ARCHIVED',
      vodUrl: null,
      accessLevel: 'PUBLIC',
      format: 'UNDEFINED',
      app: { id: owner.appId, state: 'ACTIVE', name: 'Test app' },
      member: {
        id: owner.memberId,
        state: 'ACTIVE',
        appUserId: owner.appUserId,
        appUserName: null,
        appUserProfileImgUrl: null,
        customType: null,
      },
      channel: { id: room.id, state: 'ACTIVE', channelState: 'CREATED', name: 'Finals' },
      creatorType: 'APP',
      creatorId: owner.appId,
      title: 'Finals',
      description: null,
      customType: null,
      customData: null,
      policy: { hasPassword: false, manuallyApproval: false, canAutoRoomCompositeRecording: false },
      reconnectWindow: 30,
      scheduledAt: '2027-01-01T00:00:00.000Z',
      cancelledAt: null,
      lastSessionNo: 0,
      liveStartedAt: null,
      liveEndedAt: null,
      vodArchivedAt: null,
      streamKey: null,
      ...NO_URLS,
      videoPostId: null,
      videoPost: null,
      chat: {
        videoKey: room.uuid,
        channelKey: room.uuid,
        createdAt: null,
        closedAt: null,
        created: false,
        closed: false,
      },
      stats: { totalMemberWhitelistCount: 0 },
      createdAt: ISO,
      lastModifiedAt: ISO,
      createdBy: null,
      lastModifiedBy: null,
    });
    expect(api.commands.created.at(-1)).toEqual({
      appId: owner.appId,
      roomId: room.id,
      memberId: owner.memberId,
      streamKeyId: owner.streamKeyId,
      playbackName: expect.stringMatching(/^[A-Za-z0-9]{22}$/),
      reconnectWindowSeconds: 30,
      transitionNumber: 0,
    });
  });

  it('takes the app’s reconnect window where the room has none', async () => {
    await api.knex('apps').where({ id: api.owner.appId }).update({ reconnect_window_seconds: 45 });
    expect((await api.newRoom()).reconnectWindow).toBe(45);
    expect((await api.newRoom({ reconnectWindow: 5 })).reconnectWindow).toBe(5);
    await api.knex('apps').where({ id: api.owner.appId }).update({ reconnect_window_seconds: null });
    expect((await api.newRoom()).reconnectWindow).toBeNull();
  });

  it.each([
    '2027-01-01T00:00:00Z',
    '2027-01-01T00:00:00.123456789Z',
    '2027-01-01T00:00:00',
    '2027-01-01T00:00Z',
    '2027-01-01T00:00',
    '2027-01-01T09:00+0900',
    '2026-12-31T19:00:00-05:00',
  ])('takes %s as a time, UTC where no offset is given', async (scheduledAt) => {
    expect((await api.newRoom({ scheduledAt })).scheduledAt.slice(0, 19)).toBe('2027-01-01T00:00:00');
  });

  it('makes no guest its owner', async () => {
    const guest = (await api.post('/members/login-as-guest')).body.member.appUserId as string;
    for (const type of ['BROADCAST_RTMP', 'VIDEO_CONFERENCE'])
      expectError(
        await api.post('/video-rooms', { body: { ...valid, type, appUserId: guest } }),
        403,
        'MEMBER_IS_GUEST',
      );
  });

  const valid = { appUserId: 'alice', type: 'BROADCAST_RTMP', scheduledAt: '2027-01-01T00:00:00Z' };
  it.each([
    [{}, 'EMPTY_VIDEO_ROOM_APP_USER_ID'],
    [{ ...valid, appUserId: undefined }, 'EMPTY_VIDEO_ROOM_APP_USER_ID'],
    [{ ...valid, appUserId: 'a b' }, 'INVALID_APP_USER_ID_FORMAT'],
    [{ ...valid, type: undefined }, 'EMPTY_VIDEO_ROOM_TYPE'],
    [{ ...valid, type: '' }, 'EMPTY_VIDEO_ROOM_TYPE'],
    [{ ...valid, type: 'PODCAST' }, 'INVALID_REQUEST'],
    [{ ...valid, type: 7 }, 'INVALID_REQUEST'],
    [{ ...valid, scheduledAt: undefined }, 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'],
    [{ ...valid, scheduledAt: 'tomorrow' }, 'INVALID_REQUEST'],
    [{ ...valid, scheduledAt: '2027-02-30T00:00:00Z' }, 'INVALID_REQUEST'],
    [{ ...valid, scheduledAt: 1_700_000_000 }, 'INVALID_REQUEST'],
    [{ ...valid, scheduledAt: '9999-12-31T23:59:59-01:00' }, 'INVALID_REQUEST'],
    [{ ...valid, accessLevel: 'EVERYBODY' }, 'INVALID_REQUEST'],
    [{ ...valid, title: 'x'.repeat(256) }, 'INVALID_REQUEST'],
    [{ ...valid, title: 'a\0b' }, 'INVALID_REQUEST'],
    [{ ...valid, reconnectWindow: 0 }, 'INVALID_REQUEST'],
    [{ ...valid, reconnectWindow: 1.5 }, 'INVALID_REQUEST'],
    [{ ...valid, reconnectWindow: 86_401 }, 'INVALID_REQUEST'],
    [{ ...valid, customType: 'x'.repeat(51) }, 'CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED'],
  ])('refuses %j with %s', async (body, code) => {
    expectError(await api.post('/video-rooms', { body }), 400, code);
  });

  it('knows no member of another app', async () => {
    await newOwner(api.knex, api.vault, 'zoe');
    expectError(
      await api.post('/video-rooms', { body: { ...valid, appUserId: 'zoe' } }),
      404,
      'MEMBER_NOT_FOUND',
    );
  });

  it('leaves nothing behind where the workflow can not be started', async () => {
    const count = async () => (await api.get('/video-rooms')).body.totalElements;
    const before = await count();
    api.commands.away = true;
    const reply = await api.post('/video-rooms', { body: valid });
    api.commands.away = false;
    expectError(reply, 503, 'CONTROL_PLANE_UNAVAILABLE');
    expect(await count()).toBe(before);
  });
});

describe('commands', () => {
  it('goes live and ends, and answers what was written', async () => {
    const room = await api.newRoom();
    const live = await api.post(stateOf(room, 'live'));
    const name = api.commands.created.at(-1)?.playbackName;
    expect(live).toMatchObject({
      status: 200,
      body: {
        id: room.id,
        videoRoomState: 'LIVE',
        format: 'RTMP_CMAF',
        liveStartedAt: '2026-11-21T10:00:00.000Z',
        streamKey: { id: api.owner.streamKeyId, state: 'ACTIVE', streamKeyState: 'INACTIVE' },
        playUrl: `${BASES.http}/live/${name}/master.m3u8`,
        cmafHlsPlayUrl: `${BASES.http}/live/${name}/master.m3u8`,
        cmafDashPlayUrl: `${BASES.http}/live/${name}/manifest.mpd`,
        rtmpPlayUrl: `${BASES.rtmp}/live/${name}`,
        httpFlvPlayUrl: `${BASES.http}/egress/${name}.flv`,
        liveUrl: `${BASES.http}/live/${name}/master.m3u8`,
      },
    });
    expectError(await api.post(stateOf(room, 'live')), 400, 'VIDEO_ROOM_STATE_NOT_SCHEDULED');
    expectError(await api.post(stateOf(room, 'ended')), 400, 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE');

    await createRecordTransition(api.knex)(
      roomTransition(api.owner, room.id, {
        transitionNumber: 2,
        from: 'LIVE',
        to: 'LIVE_INACTIVE',
        type: 'VIDEO_ROOM_LIVE_INACTIVE',
        patch: {},
      }),
    );
    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({
      videoRoomState: 'LIVE_INACTIVE',
      ...NO_URLS,
    });
    const ended = await api.post(stateOf(room, 'ended'));
    expect(ended).toMatchObject({
      status: 200,
      body: { videoRoomState: 'ENDED', liveEndedAt: ISO, streamKey: null, ...NO_URLS },
    });
  });

  it('cancels, and refuses what comes after without asking anybody', async () => {
    const room = await api.newRoom();
    expect((await api.post(stateOf(room, 'cancelled'))).body).toMatchObject({
      videoRoomState: 'CANCELLED',
      cancelledAt: ISO,
    });
    api.commands.away = true;
    const replies = [
      await api.post(stateOf(room, 'live')),
      await api.post(stateOf(room, 'cancelled')),
      await api.post(stateOf(room, 'ended')),
    ];
    api.commands.away = false;
    expectError(replies[0]!, 400, 'VIDEO_ROOM_STATE_NOT_SCHEDULED');
    expectError(replies[1]!, 400, 'VIDEO_ROOM_STATE_NOT_SCHEDULED');
    expectError(replies[2]!, 400, 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE');
  });

  it.each([
    ['STREAM_KEY_STATE_NOT_ACTIVE', 'live'],
    ['STREAM_KEY_STATE_NOT_INACTIVE_LIVE', 'ended'],
    ['REQUEST_LOCKED', 'live'],
  ] as const)('passes the refusal %s on', async (refusal, state) => {
    const room = await api.newRoom();
    api.commands.refusal = refusal;
    const reply = await api.post(stateOf(room, state)).finally(() => {
      api.commands.refusal = null;
    });
    expectError(reply, 400, refusal);
  });

  it('says 503 of a command that came too late, deletions included, and keeps the room', async () => {
    const room = await api.newRoom();
    api.commands.refusal = 'COMMAND_DEADLINE_PASSED';
    try {
      for (const state of ['live', 'ended', 'cancelled'] as const)
        expectError(await api.post(stateOf(room, state)), 503, 'COMMAND_DEADLINE_PASSED');
      const removed = await api.get(`/video-rooms/${room.id}`, { method: 'DELETE' });
      expectError(removed, 503, 'COMMAND_DEADLINE_PASSED');
    } finally {
      api.commands.refusal = null;
    }
    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({ videoRoomState: 'SCHEDULED' });
  });

  it('says 503 while Temporal is away; reads go on', async () => {
    const room = await api.newRoom();
    api.commands.away = true;
    const [command, read] = [await api.post(stateOf(room, 'live')), await api.get(`/video-rooms/${room.id}`)];
    api.commands.away = false;
    expectError(command, 503, 'CONTROL_PLANE_UNAVAILABLE');
    expect(command.body.errorMessage).not.toContain('ECONNREFUSED');
    expect(api.log).toContain(AWAY_DETAIL);
    expect(read).toMatchObject({ status: 200, body: { videoRoomState: 'SCHEDULED' } });
  });

  it('knows no other app’s room', async () => {
    const room = await api.newRoom();
    const other = await newOwner(api.knex, api.vault);
    const asked = api.commands.commands.length;
    expectError(await api.get(`/video-rooms/${room.id}`, { as: other }), 404, 'VIDEO_ROOM_NOT_FOUND');
    for (const state of ['live', 'ended', 'cancelled']) {
      expectError(await api.post(stateOf(room, state), { as: other }), 404, 'VIDEO_ROOM_NOT_FOUND');
    }
    expect(api.commands.commands.length).toBe(asked);
  });
});

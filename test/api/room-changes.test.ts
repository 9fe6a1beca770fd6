import { ensureVideoPostOfRoom } from '../../src/store/video-posts';
import { roomPasswordMatches } from '../../src/store/room-password';
import { createRecordTransition } from '../../src/store/record-transition';
import { newMember, newOwner, roomTransition } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const patch = (room: { id: number }, body: object) =>
  api.get(`/video-rooms/${room.id}`, { method: 'PATCH', body });
const remove = (room: { id: number }) => api.get(`/video-rooms/${room.id}`, { method: 'DELETE' });
const rowOf = (room: { id: number }) => api.knex('video_rooms').where({ id: room.id }).first();
const goLive = (room: { id: number }) => api.post(`/video-rooms/${room.id}/start`);

/** Writes what the room's workflow would, without an encoder. */
async function livesAndDrops(room: { id: number }): Promise<void> {
  expect((await goLive(room)).status).toBe(200);
  const drop = {
    transitionNumber: 2,
    from: 'LIVE',
    to: 'LIVE_INACTIVE',
    type: 'VIDEO_ROOM_LIVE_INACTIVE',
  } as const;
  await createRecordTransition(api.knex)(
    roomTransition(api.owner, room.id, { ...drop, patch: {}, reason: 'connection_lost' }),
  );
}

describe('PATCH /video-rooms/{id}', () => {
  it('changes what is named and leaves the rest', async () => {
    const room = await api.newRoom({ title: 'A', description: 'B', customType: 'c', customData: { d: 'e' } });
    const changed = await patch(room, { title: 'Finals', accessLevel: 'MEMBER', customData: { f: 'g' } });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        title: 'Finals',
        description: 'B',
        accessLevel: 'MEMBER',
        customType: 'c',
        customData: { f: 'g' },
      },
    });
    expect((await api.get(`/video-rooms/${room.id}`)).body).toEqual(changed.body);
  });

  it('removes what is null, and never makes a room public by it', async () => {
    const filled = { title: 'A', description: 'B', accessLevel: 'PRIVATE', customType: 'c', customData: {} };
    const room = await api.newRoom({ ...filled, manuallyApproval: true });
    const nothing = Object.fromEntries([...Object.keys(filled), 'manuallyApproval'].map((it) => [it, null]));
    expect((await patch(room, nothing)).body).toMatchObject({
      title: '',
      description: null,
      accessLevel: 'PRIVATE',
      customType: null,
      customData: null,
      policy: { manuallyApproval: true },
    });
  });

  it('keeps a password as a hash, shows that there is one, and removes it', async () => {
    const room = await api.newRoom({ password: 'first', canAutoRoomCompositeRecording: true });
    expect(room.policy).toEqual({
      hasPassword: true,
      manuallyApproval: false,
      canAutoRoomCompositeRecording: true,
    });
    expect((await patch(room, { password: 'sésame' })).body.policy.hasPassword).toBe(true);
    const { password_hash: hash } = await rowOf(room);
    expect(await roomPasswordMatches('sésame', hash)).toBe(true);
    expect(await roomPasswordMatches('first', hash)).toBe(false);
    expect(JSON.stringify((await api.get(`/video-rooms/${room.id}`)).body) + api.log).not.toContain('sésame');
    expect((await patch(room, { title: 'x' })).body.policy.hasPassword).toBe(true);
    expect((await patch(room, { password: '' })).body.policy.hasPassword).toBe(false);
  });

  it('moves the time only while the room is SCHEDULED', async () => {
    const room = await api.newRoom();
    const later = '2028-02-03T04:05:06.000Z';
    expect((await patch(room, { scheduledAt: later })).body.scheduledAt).toBe(later);
    expectError(await patch(room, { scheduledAt: null }), 400, 'EMPTY_VIDEO_ROOM_SCHEDULED_AT');
    await goLive(room);
    expectError(await patch(room, { scheduledAt: later }), 400, 'VIDEO_ROOM_STATE_NOT_SCHEDULED');
    await api.knex('video_rooms').where({ id: room.id }).update({ state: 'ENDED' });
  });

  it('tells the room’s workflow another reconnect window', async () => {
    const room = await api.newRoom({ reconnectWindow: 30 });
    expect((await patch(room, { reconnectWindow: 60 })).body.reconnectWindow).toBe(60);
    expect((await patch(room, { title: 'x' })).body.reconnectWindow).toBe(60);
    await api.knex('apps').where({ id: api.owner.appId }).update({ reconnect_window_seconds: 45 });
    expect((await patch(room, { reconnectWindow: null })).body.reconnectWindow).toBe(45);
    await api.knex('apps').where({ id: api.owner.appId }).update({ reconnect_window_seconds: null });
    expect(api.commands.windows).toEqual([
      { roomId: room.id, seconds: 60 },
      { roomId: room.id, seconds: 45 },
    ]);
    api.commands.away = true;
    const reply = await patch(room, { reconnectWindow: 90, title: 'not kept' });
    api.commands.away = false;
    expectError(reply, 503, 'CONTROL_PLANE_UNAVAILABLE');
    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({
      title: 'x',
      reconnectWindow: 45,
    });
  });

  it('knows no other app’s room', async () => {
    const other = await newOwner(api.knex, api.vault);
    const room = await api.newRoom();
    const body = { title: 'mine' };
    const reply = await api.get(`/video-rooms/${room.id}`, { method: 'PATCH', body, as: other });
    expectError(reply, 404, 'VIDEO_ROOM_NOT_FOUND');
  });
});

describe('DELETE /video-rooms/{id}', () => {
  const asked = () => api.commands.commands.length;

  it('cancels a scheduled one first, and it is gone', async () => {
    const room = await api.newRoom();
    expect((await remove(room)).status).toBe(204);
    expect(api.commands.commands.at(-1)?.name).toBe('cancel');
    expect(await rowOf(room)).toMatchObject({
      state: 'CANCELLED',
      entity_state: 'DELETED',
      files_deleted_at: expect.any(Date),
    });
    expectError(await api.get(`/video-rooms/${room.id}`), 404, 'VIDEO_ROOM_NOT_FOUND');
    expectError(await remove(room), 404, 'VIDEO_ROOM_NOT_FOUND');
    expect((await api.get('/video-rooms?pageSize=1000')).body.content).not.toContainEqual(
      expect.objectContaining({ id: room.id }),
    );
  });

  it('refuses a live one and one whose recording is being read', async () => {
    const room = await api.newRoom();
    await livesAndDrops(room);
    expectError(await remove(room), 400, 'VIDEO_ROOM_IS_LIVE');
    const set = (columns: object) => api.knex('video_rooms').where({ id: room.id }).update(columns);
    await set({ state: 'ENDED' });
    expectError(await remove(room), 400, 'VIDEO_ROOM_IS_ARCHIVING');
    await set({ vod_state: 'ARCHIVING' });
    expectError(await remove(room), 400, 'VIDEO_ROOM_IS_ARCHIVING');
    await set({ vod_state: 'FAILED_ARCHIVING' });
    const before = asked();
    expect((await remove(room)).status).toBe(204);
    expect(asked()).toBe(before);
    const { playback_name: name } = await rowOf(room);
    const input = { kind: 'videoRoom', appId: api.owner.appId, id: room.id, name };
    expect(api.commands.deletions.at(-1)).toEqual(input);
  });

  it('leaves the files to the reconciler where Temporal is away', async () => {
    const room = await api.newRoom();
    await livesAndDrops(room);
    await api
      .knex('video_rooms')
      .where({ id: room.id })
      .update({ state: 'ENDED', forcibly_terminated: true });
    api.commands.away = true;
    const reply = await remove(room);
    api.commands.away = false;
    expect(reply.status).toBe(204);
    expect(await rowOf(room)).toMatchObject({ entity_state: 'DELETED', files_deleted_at: null });
  });
});

describe('rooms of the other types', () => {
  it.each(['VIDEO_CONFERENCE', 'WEBINAR', 'INTERACTIVE_MEETING', 'SURVEILLANCE'])(
    '%s is created, listed, changed and deleted without key, time or workflow',
    async (type) => {
      const started = api.commands.created.length;
      const made = await api.post('/video-rooms', { body: { appUserId: 'alice', type, title: type } });
      expect(made).toMatchObject({
        status: 201,
        body: { type, protocol: 'WEB_RTC', scheduledAt: null, streamKey: null, videoRoomState: 'SCHEDULED' },
      });
      expect((await api.get(`/video-rooms?type=${type}`)).body.content).toEqual([made.body]);
      expect(
        (await patch(made.body, { title: 'Talk', scheduledAt: '2027-01-01T00:00:00Z' })).body,
      ).toMatchObject({ title: 'Talk', scheduledAt: '2027-01-01T00:00:00.000Z' });
      expect((await patch(made.body, { scheduledAt: null })).body.scheduledAt).toBeNull();
      for (const action of ['start', 'end', 'rtmp-broadcast/state/cancelled']) {
        const reply = await api.post(`/video-rooms/${made.body.id}/${action}`);
        expectError(reply, 400, 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP');
      }
      expect((await remove(made.body)).status).toBe(204);
      expect(api.commands.created).toHaveLength(started);
    },
  );
});

describe('GET /video-rooms/{id}/events', () => {
  it('is the room’s whole log in parts, with actors', async () => {
    const room = await api.newRoom();
    await livesAndDrops(room);
    await api.post(`/video-rooms/${room.id}/end`);
    const log = (query = '') => api.get(`/video-rooms/${room.id}/events${query}`);
    const { content, last } = (await log()).body;
    expect(last).toBe(4);
    expect(
      content.map((event: any) => [event.number, event.type, event.from, event.to, event.actor?.type]),
    ).toEqual([
      [1, 'VIDEO_ROOM_SCHEDULED', null, 'SCHEDULED', 'APP'],
      [2, 'VIDEO_ROOM_LIVE', 'SCHEDULED', 'LIVE', 'APP'],
      [3, 'VIDEO_ROOM_LIVE_INACTIVE', 'LIVE', 'LIVE_INACTIVE', 'ENCODER'],
      [4, 'VIDEO_ROOM_ENDED', 'LIVE_INACTIVE', 'ENDED', 'APP'],
    ]);
    expect((await log('?after=1&limit=2')).body).toEqual({ content: content.slice(1, 3), last: 4 });
    expect((await log('?after=4')).body).toEqual({ content: [], last: 4 });
    expect((await log('?after=900&limit=99999')).body).toEqual({ content: [], last: 4 });
    expectError(await log('?after=-1'), 400, 'INVALID_REQUEST');
  });

  it('says who is known: a member, an operator, or nobody', async () => {
    const room = await api.newRoom();
    const write = createRecordTransition(api.knex);
    const live = roomTransition(api.owner, room.id, { reason: 'go_live', actor: 'member:7' });
    await write({ ...live, sessionId: null });
    const end = { transitionNumber: 2, from: 'LIVE', to: 'ENDED', type: 'VIDEO_ROOM_ENDED' } as const;
    await write(roomTransition(api.owner, room.id, { ...end, reason: 'forced_end', patch: {} }));
    await api
      .knex('events')
      .where({ entity: 'videoRoom', entity_id: room.id, seq: 1 })
      .update({ actor: null });
    const { content } = (await api.get(`/video-rooms/${room.id}/events`)).body;
    expect(content.map((event: any) => event.actor)).toEqual([
      null,
      { type: 'MEMBER', memberId: 7 },
      { type: 'OPERATOR', memberId: null },
    ]);
    expect(content.map((event: any) => event.sessionId)).toEqual([null, null, 'session-1']);
  });
});

describe('allow-lists', () => {
  it('takes members on and off, once each, and counts them on the room', async () => {
    const room = await api.newRoom({ accessLevel: 'RESTRICTED' });
    await newMember(api.knex, api.vault, api.owner.appId, 'bob');
    const at = (name: string) => `/video-rooms/${room.id}/allowed-members/${name}`;
    const put = (name: string) => api.get(at(name), { method: 'PUT' });
    for (const name of ['alice', 'bob', 'bob']) expect((await put(name)).status).toBe(204);
    const listed = await api.get(`/video-rooms/${room.id}/allowed-members?sortBy=CREATED_AT_ASC`);
    expect(listed.body.content.map((member: any) => member.appUserId)).toEqual(['alice', 'bob']);
    const count = async () => (await api.get(`/video-rooms/${room.id}`)).body.stats.totalMemberWhitelistCount;
    expect(await count()).toBe(2);
    for (const name of ['bob', 'bob'])
      expect((await api.get(at(name), { method: 'DELETE' })).status).toBe(204);
    expect(await count()).toBe(1);
    expectError(await put('nobody'), 404, 'MEMBER_NOT_FOUND');
    expectError(await put('a%00b'), 404, 'MEMBER_NOT_FOUND');
    await newOwner(api.knex, api.vault, 'carol');
    expectError(await put('carol'), 404, 'MEMBER_NOT_FOUND');
  });

  it('are left by a member that is deleted, also for the day when it registers again', async () => {
    const room = await api.newRoom({ accessLevel: 'RESTRICTED' });
    const register = () => newMember(api.knex, api.vault, api.owner.appId, 'dan');
    await register();
    const list = `/video-rooms/${room.id}/allowed-members`;
    await api.get(`${list}/dan`, { method: 'PUT' });
    expect((await api.get('/members/dan', { method: 'DELETE' })).status).toBe(204);
    await register();
    expect((await api.get(list)).body.totalElements).toBe(0);
    expect((await api.get(`/video-rooms/${room.id}`)).body.stats.totalMemberWhitelistCount).toBe(0);
  });

  it('are the same for posts', async () => {
    const { id: roomId } = await api.newRoom();
    const { id } = await ensureVideoPostOfRoom(api.knex, { appId: api.owner.appId, roomId });
    const at = `/video-posts/${id}/allowed-members`;
    expect((await api.get(`${at}/alice`, { method: 'PUT' })).status).toBe(204);
    expect((await api.get(at)).body).toMatchObject({ totalElements: 1, content: [{ appUserId: 'alice' }] });
    expect((await api.get(`/video-posts/${id}`)).body.stats).toEqual({ totalMemberWhitelistCount: 1 });
    expect((await api.get(`/video-rooms/${roomId}`)).body.stats).toEqual({ totalMemberWhitelistCount: 0 });
  });
});

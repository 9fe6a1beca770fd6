import { newMember, newOwner, type Owner } from '../store/fixtures';
import { expectError, Harness, type Ask, type Reply } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const SCHEDULED_AT = '2027-01-01T00:00:00Z';
/** In a channel. */
const BANNED = { type: 'MEMBER', state: 'BANNED', joined_at: new Date(), banned_at: new Date() };
const ROOM = { type: 'BROADCAST_RTMP', scheduledAt: SCHEDULED_AT };

/** Asks the member API with one member's token. */
type Client = (path: string, ask?: Ask) => Promise<Reply>;

const clientOf =
  (accessToken: string): Client =>
  (path, ask = {}) =>
    api.ask(`/v2/members/me${path}`, {
      ...ask,
      as: null,
      headers: { authorization: `Bearer ${accessToken}`, ...ask.headers },
    });
async function logIn(appUserId = 'alice', as: Owner = api.owner): Promise<Client> {
  return clientOf((await api.post('/members/login', { as, body: { appUserId } })).body.accessToken);
}
const asGuest = async (as: Owner = api.owner): Promise<Client> =>
  clientOf((await api.post('/members/login-as-guest', { as })).body.accessToken);
async function create(client: Client, body: object = {}): Promise<any> {
  const reply = await client('/video-rooms', { body: { ...ROOM, ...body } });
  expect(reply.status).toBe(201);
  return reply.body;
}

describe('the member itself', () => {
  it('sees itself and its stream key', async () => {
    const alice = await logIn();
    expect((await alice('')).body).toMatchObject({ id: api.owner.memberId, appUserId: 'alice' });
    expect((await alice('/stream-key')).body).toMatchObject({
      id: api.owner.streamKeyId,
      streamKey: api.owner.streamKey,
      member: { id: api.owner.memberId },
    });
  });

  it('is asked for a token, and told what there is not', async () => {
    for (const path of ['', '/stream-key', '/video-rooms', '/video-rooms/1', '/nothing'])
      expectError(await api.ask(`/v2/members/me${path}`, { as: null }), 401, 'EMPTY_ACCESS_TOKEN');
    const alice = await logIn();
    expectError(await alice('/nothing'), 404, 'RESOURCE_NOT_FOUND');
    expectError(await alice('/stream-key', { method: 'DELETE' }), 400, 'UNSUPPORTED_HTTP_METHOD');
    expectError(await api.ask('/v2/members/tokens', { as: null }), 404, 'RESOURCE_NOT_FOUND');
  });
});

describe('rooms of its own', () => {
  it('creates one', async () => {
    const alice = await logIn();
    const room = await create(alice, { title: 'Mine', appUserId: 'somebody', customData: { a: '1' } });
    expect(room).toMatchObject({
      title: 'Mine',
      member: { id: api.owner.memberId, appUserId: 'alice' },
      creatorType: 'MEMBER',
      creatorId: api.owner.memberId,
      videoRoomState: 'SCHEDULED',
    });
    expect((await alice(`/video-rooms/${room.id}`)).body).toEqual(room);
    expect((await alice(`/video-rooms/uuid/${room.uuid}`)).body).toEqual(room);
    expect((await api.get(`/video-rooms/${room.id}`)).body).toMatchObject({ creatorType: 'MEMBER' });
    expect(await api.newRoom()).toMatchObject({ creatorType: 'APP', creatorId: api.owner.appId });
  });

  it('is told what is missing', async () => {
    const alice = await logIn();
    expectError(await alice('/video-rooms', { body: {} }), 400, 'EMPTY_VIDEO_ROOM_TYPE');
    expectError(
      await alice('/video-rooms', { body: { type: 'BROADCAST_RTMP' } }),
      400,
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
    );
  });

  it('creates none where the app forbids it', async () => {
    const alice = await logIn();
    const app = api.knex('apps').where({ id: api.owner.appId });
    await app.clone().update({ members_may_create_rooms: false });
    expectError(
      await alice('/video-rooms', { body: ROOM }),
      400,
      'MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY',
    );
    expect(await api.newRoom()).toMatchObject({ creatorType: 'APP' });
    await app.clone().update({ members_may_create_rooms: true });
    await create(alice);
  });

  it.each([
    ['start', 'end'],
    ['rtmp-broadcast/state/live', 'rtmp-broadcast/state/ended'],
  ])('goes live and ends by %s and %s', async (start, end) => {
    const alice = await logIn();
    const { id } = await create(alice);
    const live = await alice(`/video-rooms/${id}/${start}`, { method: 'POST' });
    expect(live).toMatchObject({ status: 200, body: { videoRoomState: 'LIVE' } });
    expect(live.body.liveUrl).not.toBeNull();
    await api.knex('video_rooms').where({ id }).update({ state: 'LIVE_INACTIVE' });
    expect(await alice(`/video-rooms/${id}/${end}`, { method: 'POST' })).toMatchObject({
      status: 200,
      body: { videoRoomState: 'ENDED' },
    });
  });

  it('cancels one, and is told why it can’t be started then', async () => {
    const alice = await logIn();
    const { id } = await create(alice);
    expect(
      await alice(`/video-rooms/${id}/rtmp-broadcast/state/cancelled`, { method: 'POST' }),
    ).toMatchObject({ status: 200, body: { videoRoomState: 'CANCELLED' } });
    expectError(
      await alice(`/video-rooms/${id}/start`, { method: 'POST' }),
      400,
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
    );
  });

  it('changes one, and takes away by null', async () => {
    const alice = await logIn();
    const { id } = await create(alice, { description: 'old', customType: 'x' });
    const changed = await alice(`/video-rooms/${id}`, {
      method: 'PATCH',
      body: { title: 'New', description: null, accessLevel: 'PRIVATE', password: 'secret' },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        title: 'New',
        description: null,
        customType: 'x',
        accessLevel: 'PRIVATE',
        policy: { hasPassword: true },
      },
    });
    expectError(
      await alice(`/video-rooms/${id}`, { method: 'PATCH', body: { title: 5 } }),
      400,
      'INVALID_REQUEST',
    );
  });

  it('deletes one, and is shown what it was', async () => {
    const alice = await logIn();
    const room = await create(alice, { title: 'Gone' });
    expect(await alice(`/video-rooms/${room.id}`, { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: { id: room.id, title: 'Gone', state: 'DELETED', videoRoomState: 'CANCELLED' },
    });
    expectError(await alice(`/video-rooms/${room.id}`), 404, 'VIDEO_ROOM_NOT_FOUND');
    const live = await create(alice);
    await alice(`/video-rooms/${live.id}/start`, { method: 'POST' });
    expectError(await alice(`/video-rooms/${live.id}`, { method: 'DELETE' }), 400, 'VIDEO_ROOM_IS_LIVE');
    await api.knex('video_rooms').where({ id: live.id }).update({ state: 'ENDED' });
  });

  it('is named in the log of what it did', async () => {
    const alice = await logIn();
    const { id } = await create(alice);
    await alice(`/video-rooms/${id}/start`, { method: 'POST' });
    const { content } = (await api.get(`/video-rooms/${id}/events`)).body;
    expect(content.map(({ actor }: { actor: unknown }) => actor)).toEqual([
      { type: 'MEMBER', memberId: api.owner.memberId },
      { type: 'MEMBER', memberId: api.owner.memberId },
    ]);
  });

  it('sees an archived one as ENDED, in lists too', async () => {
    await newMember(api.knex, api.vault, api.owner.appId, 'archivist');
    const client = await logIn('archivist');
    const [archived, ended] = [await create(client), await create(client)];
    await create(client);
    await api
      .knex('video_rooms')
      .where({ id: archived.id })
      .update({ state: 'ARCHIVED', vod_state: 'ARCHIVED' });
    await api.knex('video_rooms').where({ id: ended.id }).update({ state: 'ENDED' });
    expect((await client(`/video-rooms/${archived.id}`)).body).toMatchObject({
      videoRoomState: 'ENDED',
      vodState: 'ARCHIVED',
    });
    const list = await client('/video-rooms?videoRoomState=ENDED&sortBy=CREATED_AT_ASC');
    expect(list.body.content.map((room: { id: number }) => room.id)).toEqual([archived.id, ended.id]);
    expect(list.body.content[0].videoRoomState).toBe('ENDED');
    expectError(await client('/video-rooms?videoRoomState=ARCHIVED'), 400, 'INVALID_REQUEST');
    expect((await api.get(`/video-rooms/${archived.id}`)).body.videoRoomState).toBe('ARCHIVED');
  });

  it('answers a repeated creation with the same room, another member’s with its own', async () => {
    await newMember(api.knex, api.vault, api.owner.appId, 'repeater');
    const [alice, repeater] = [await logIn(), await logIn('repeater')];
    const ask = { body: ROOM, headers: { 'Idempotency-Key': 'mine' } };
    const first = await alice('/video-rooms', ask);
    expect((await alice('/video-rooms', ask)).body).toEqual(first.body);
    expect((await repeater('/video-rooms', ask)).body.id).not.toBe(first.body.id);
  });
});

describe('rooms of others', () => {
  const OWNER_ONLY = [
    ['POST', '/start'],
    ['POST', '/end'],
    ['POST', '/rtmp-broadcast/state/cancelled'],
    ['PATCH', ''],
    ['DELETE', ''],
  ] as const;

  it('lists its own only, and those of another member that are open to it', async () => {
    await newMember(api.knex, api.vault, api.owner.appId, 'host');
    const [host, alice, guest] = [await logIn('host'), await logIn(), await asGuest()];
    for (const accessLevel of ['PUBLIC', 'APP', 'MEMBER', 'FOLLOWER', 'FRIEND', 'RESTRICTED', 'PRIVATE'])
      await create(host, { accessLevel });
    const levels = async (client: Client, query: string) =>
      (await client(`/video-rooms${query}`)).body.content
        .map((it: { accessLevel: string }) => it.accessLevel)
        .sort();
    expect(await levels(host, '')).toHaveLength(7);
    expect(await levels(host, '?appUserId=host')).toHaveLength(7);
    expect(await levels(alice, '?appUserId=host')).toEqual(['APP', 'MEMBER', 'PUBLIC']);
    expect(await levels(alice, '?appUserId=host&accessLevel=PRIVATE')).toEqual([]);
    expect(await levels(guest, '?appUserId=host')).toEqual(['APP', 'PUBLIC']);
    const app = api.knex('apps').where({ id: api.owner.appId });
    await app.clone().update({ access_levels: 'original' });
    expect(await levels(guest, '?appUserId=host')).toHaveLength(7);
    await app.clone().update({ access_levels: 'enforced' });
    expectError(await alice('/video-rooms?appUserId=nobody'), 404, 'MEMBER_NOT_FOUND');
  });

  it('shows what ties open, and what a ban closes', async () => {
    const { knex, vault, owner } = api;
    await newMember(knex, vault, owner.appId, 'tied');
    const { memberId } = await newMember(knex, vault, owner.appId, 'fan');
    const [host, fan] = [await logIn('tied'), await logIn('fan')];
    const rooms: Record<string, number> = {};
    for (const accessLevel of ['PUBLIC', 'MEMBER', 'FOLLOWER', 'FRIEND', 'RESTRICTED', 'PRIVATE'])
      rooms[accessLevel] = (await create(host, { accessLevel })).id;
    const second = await create(host, { accessLevel: 'RESTRICTED' });
    const open = async () => {
      const list = (await fan('/video-rooms?appUserId=tied&pageSize=100')).body.content;
      const listed = list.map(({ id }: { id: number }) => id);
      for (const id of [...Object.values(rooms), second.id])
        expect((await fan(`/video-rooms/${id}`)).status).toBe(listed.includes(id) ? 200 : 403);
      return list.map(({ accessLevel }: { accessLevel: string }) => accessLevel).sort();
    };
    expect(await open()).toEqual(['MEMBER', 'PUBLIC']);
    await api.ask('/v2/apps/me/members/fan/followings/tied', { method: 'PUT' });
    expect(await open()).toEqual(['FOLLOWER', 'MEMBER', 'PUBLIC']);
    await api.ask('/v2/apps/me/members/fan/friends/tied', { method: 'PUT' });
    expect(await open()).toEqual(['FOLLOWER', 'MEMBER', 'PUBLIC']);
    await api.ask('/v2/apps/me/members/tied/friends/fan', { method: 'PUT' });
    await knex('allowed_members').insert({
      app_id: owner.appId,
      entity: 'videoRoom',
      entity_id: rooms.RESTRICTED,
      member_id: memberId,
    });
    expect(await open()).toEqual(['FOLLOWER', 'FRIEND', 'MEMBER', 'PUBLIC', 'RESTRICTED']);
    for (const level of ['MEMBER', 'PUBLIC'])
      await knex('channel_members').insert({ channel_id: rooms[level], member_id: memberId, ...BANNED });
    expect(await open()).toEqual(['FOLLOWER', 'FRIEND', 'PUBLIC', 'RESTRICTED']);
    expect((await host('/video-rooms?appUserId=tied')).body.totalElements).toBe(7);
  });

  it('reads what is open, and touches nothing', async () => {
    await newMember(api.knex, api.vault, api.owner.appId, 'other');
    const [alice, other] = [await logIn(), await logIn('other')];
    const [open, closed] = [await create(alice), await create(alice, { accessLevel: 'PRIVATE' })];
    expect((await other(`/video-rooms/${open.id}`)).body).toEqual(open);
    for (const path of [closed.id, `uuid/${closed.uuid}`])
      expectError(await other(`/video-rooms/${path}`), 403, 'VIDEO_ROOM_ACCESS_DENIED');
    for (const [method, command] of OWNER_ONLY)
      expectError(await other(`/video-rooms/${open.id}${command}`, { method }), 404, 'VIDEO_ROOM_NOT_FOUND');
  });

  it('finds nothing of another app, and nothing that is not there', async () => {
    const stranger = await newOwner(api.knex, api.vault, 'stranger');
    const client = await logIn('stranger', stranger);
    const room = await api.newRoom();
    for (const path of [
      room.id,
      `uuid/${room.uuid}`,
      0,
      -1,
      'x',
      '1e3',
      '9'.repeat(30),
      'uuid/x',
      'uuid/%00',
    ])
      expectError(await client(`/video-rooms/${path}`), 404, 'VIDEO_ROOM_NOT_FOUND');
    for (const [method, command] of OWNER_ONLY)
      expectError(await client(`/video-rooms/${room.id}${command}`, { method }), 404, 'VIDEO_ROOM_NOT_FOUND');
    expectError(await client('/video-rooms?appUserId=alice'), 404, 'MEMBER_NOT_FOUND');
    expect((await client('/video-rooms')).body.totalElements).toBe(0);
  });
});

it('lets a guest see what is open to guests, and have nothing', async () => {
  const guest = await asGuest();
  const room = await api.newRoom({ accessLevel: 'APP' });
  const closed = await api.newRoom({ accessLevel: 'MEMBER' });
  expect((await guest('')).status).toBe(200);
  expect((await guest(`/video-rooms/${room.id}`)).status).toBe(200);
  expectError(await guest(`/video-rooms/${closed.id}`), 403, 'VIDEO_ROOM_ACCESS_DENIED');
  expect((await guest('/video-rooms')).body.totalElements).toBe(0);
  expectError(await guest('/stream-key'), 403, 'MEMBER_IS_GUEST');
  expectError(await guest('/video-rooms', { body: ROOM }), 403, 'MEMBER_IS_GUEST');
  expectError(await guest(`/video-rooms/${room.id}/start`, { method: 'POST' }), 403, 'MEMBER_IS_GUEST');
  const { appUserId } = (await guest('')).body;
  expectError(await api.post('/video-rooms', { body: { ...ROOM, appUserId } }), 403, 'MEMBER_IS_GUEST');
});

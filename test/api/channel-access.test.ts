import { systemPayload } from '../../src/store/channel-members';
import { lockChannel } from '../../src/store/channels';
import { createKnex } from '../../src/store/knex';
import { until } from '../support/until';
import { newClient, type Client } from './channel-support';
import { EventStage, got, TIMES } from './event-stage';
import { expectError, type Harness } from './harness';

const stage = new EventStage();
const { stream, joinedRoom } = stage;
let api: Harness;
let owner: Client;
let clients = 0;
beforeAll(async () => {
  ({ api, owner } = await stage.start());
});
afterEach(() => stage.clear());
afterAll(() => api.stop());

const newFan = (): Promise<Client> => newClient(api, `fan${(clients += 1)}`);
const ask = async (method: string, path: string, body?: object): Promise<void> => {
  const { status } = await api.ask(`/v2/apps/me${path}`, { method, ...(body ? { body } : {}) });
  expect([path, [200, 201, 204].includes(status)]).toEqual([path, true]);
};
const setLevel = (id: number, accessLevel: string) => ask('PATCH', `/video-rooms/${id}`, { accessLevel });
const listed = ({ appUserId }: Client, id: number) => `/video-rooms/${id}/allowed-members/${appUserId}`;
const relation = (fan: Client, kind: 'followings' | 'friends') =>
  `/members/${fan.appUserId}/${kind}/${owner.appUserId}`;
const befriend = async (fan: Client) => {
  await ask('PUT', relation(fan, 'friends'));
  await ask('PUT', `/members/${owner.appUserId}/friends/${fan.appUserId}`);
};
const policy = (access_levels: string) =>
  api.knex('apps').where({ id: api.owner.appId }).update({ access_levels });

type Step = (fan: Client, roomId: number) => Promise<unknown>;
const nothing: Step = () => Promise.resolve();

describe('who may not watch any longer is out of the channel', () => {
  it.each<[why: string, level: string, ties: Step, change: Step, code: string]>([
    [
      'a narrower level',
      'MEMBER',
      nothing,
      (_fan, id) => setLevel(id, 'PRIVATE'),
      'VIDEO_ROOM_ACCESS_DENIED',
    ],
    [
      'an ended follow',
      'FOLLOWER',
      (fan) => ask('PUT', relation(fan, 'followings')),
      (fan) => ask('DELETE', relation(fan, 'followings')),
      'VIDEO_ROOM_ACCESS_DENIED',
    ],
    [
      'an ended friendship',
      'FRIEND',
      befriend,
      (fan) => ask('DELETE', relation(fan, 'friends')),
      'VIDEO_ROOM_ACCESS_DENIED',
    ],
    [
      'an allow-list without it',
      'RESTRICTED',
      (fan, id) => ask('PUT', listed(fan, id)),
      (fan, id) => ask('DELETE', listed(fan, id)),
      'VIDEO_ROOM_ACCESS_DENIED',
    ],
    [
      'access levels that count from now on',
      'PRIVATE',
      () => policy('original'),
      () => policy('enforced'),
      'VIDEO_ROOM_ACCESS_DENIED',
    ],
    [
      'its own end',
      'PUBLIC',
      nothing,
      (fan) => ask('DELETE', `/members/${fan.appUserId}`),
      'INVALID_ACCESS_TOKEN',
    ],
  ])('%s', async (_why, level, ties, change, code) => {
    const fan = await newFan();
    const { id, path } = await joinedRoom(owner);
    await setLevel(id, level);
    await ties(fan, id);
    expect((await fan.post(`${path}/join`)).status).toBe(204);
    const [told, others] = [await stream(fan), await stream(owner)];
    await change(fan, id);
    await got(others, 1, 'CHANNEL_STAT_UPDATED');
    await owner.post(`${path}/messages`, { message: 'among us' });
    await until(() => others.messages.some(({ message }) => message === 'among us'), {
      ...TIMES,
      what: 'it',
    });
    expect(others.messages).toMatchObject([
      { customType: 'LEAVED', channelMember: { appUser: { appUserId: fan.appUserId } } },
      { customType: 'CHANNEL_STAT_UPDATED', customData: { currentOnlineMemberCount: 1 } },
      { message: 'among us' },
    ]);
    const signedOut = code === 'INVALID_ACCESS_TOKEN';
    if (signedOut) {
      // The stream of a deleted member ends, and may be over before it is told that the member is out.
      await until(() => told.ended, { ...TIMES, what: 'the end of its stream' });
      expect(['', 'LEAVED']).toContain(told.messages.map(({ customType }) => customType).join());
    } else {
      // A later event of its own shows that nothing came in between.
      await api.knex.raw(
        `insert into member_events (app_id, member_id, payload)
         select app_id, ?, (payload - 'presence') || '{"message": "the end"}' from member_events where channel_id = ? limit 1`,
        [fan.memberId, id],
      );
      await until(() => told.messages.length > 1, { ...TIMES, what: 'the end' });
      expect(told.messages.map(({ customType, message }) => message ?? customType)).toEqual([
        'LEAVED',
        'the end',
      ]);
      expect(told.ended).toBe(false);
    }
    for (const refused of [
      await fan.post(`${path}/join`),
      await fan.post(`${path}/messages`, { message: 'me too' }),
      await fan.get(`${path}/messages`),
      await fan.get(`${path}/members`),
      await fan.get(`/channels/${id}/messages`),
    ])
      expectError(refused, signedOut ? 401 : 403, code);
    const left = await owner.get(`${path}/members/${fan.appUserId}`);
    expect(left.body).toMatchObject({ channelMemberState: 'LEAVED', autoLeaved: true });
  });

  it.each(['app', 'owner'])('everybody, its owner too, when the room is deleted by its %s', async (by) => {
    const fan = await newFan();
    const { id, path } = await joinedRoom(owner, fan);
    const streams = [await stream(fan), await stream(owner)];
    if (by === 'app') await ask('DELETE', `/video-rooms/${id}`);
    else expect((await owner.delete(`/video-rooms/${id}`)).status).toBe(200);
    for (const told of streams) await got(told, 1, 'LEAVED');
    // What the channel would tell next is told to nobody: the room's last transition, and how many are in it.
    await api.knex('member_events').insert(
      [fan, owner].map(({ memberId }) => ({
        app_id: api.owner.appId,
        member_id: memberId,
        payload: systemPayload(
          { id, app_id: api.owner.appId },
          { customType: 'THE_END', customData: null, channelMember: null },
        ),
      })),
    );
    for (const told of streams) {
      await got(told, 1, 'THE_END');
      const types = told.messages.map(({ customType }) => customType);
      expect(types.slice(types.indexOf('LEAVED'))).toEqual(['LEAVED', 'THE_END']);
    }
    const { online_members: online } = await api.knex('channels').where({ id }).first('online_members');
    const members = await api.knex('channel_members').where({ channel_id: id });
    const there = { state: 'LEAVED', auto_leaved: true };
    expect([online, members]).toMatchObject([0, [there, there]]);
    expectError(await fan.get(`${path}/members`), 404, 'VIDEO_ROOM_NOT_FOUND');
  });

  it('many at once, none of whom hears of the others', async () => {
    const fans = await Promise.all(Array.from({ length: 20 }, newFan));
    const { id } = await joinedRoom(owner, ...fans);
    const [others, first, last] = [await stream(owner), await stream(fans[0]!), await stream(fans[19]!)];
    await setLevel(id, 'PRIVATE');
    await got(others, 1, 'CHANNEL_STAT_UPDATED');
    expect(others.ofType('LEAVED')).toHaveLength(20);
    expect(others.ofType('CHANNEL_STAT_UPDATED')[0].customData.currentOnlineMemberCount).toBe(1);
    for (const told of [first, last]) {
      await got(told, 1, 'LEAVED');
      expect(told.messages).toHaveLength(1);
    }
  });

  it('also where the level was narrowed while it joined', async () => {
    const fan = await newFan();
    const { id, path } = await joinedRoom(owner);
    const waiting = createKnex(api.stack.databaseUrl);
    const busy = await waiting.transaction();
    try {
      await lockChannel(busy, id);
      const joining = fan.post(`${path}/join`);
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await until(async () => (await api.knex.raw(waits)).rows.length > 0, {
        ...TIMES,
        what: 'the join to wait',
      });
      await api.knex('video_rooms').where({ id }).update({ access_level: 'PRIVATE' });
      await busy.commit();
      expectError(await joining, 403, 'VIDEO_ROOM_ACCESS_DENIED');
      expect((await owner.get(`${path}/members/${fan.appUserId}`)).body.channelMemberState).toBe('LEAVED');
    } finally {
      if (!busy.isCompleted()) await busy.rollback();
      await waiting.destroy();
    }
  });

  it('also where nobody was told of it, as soon as the listening connection is back', async () => {
    const fan = await newFan();
    const { id, path } = await joinedRoom(owner, fan);
    const [told, untold] = [await stream(fan), 'alter table video_rooms % trigger video_rooms_tell_access'];
    await api.knex.raw(untold.replace('%', 'disable'));
    await setLevel(id, 'PRIVATE');
    await api.knex.raw(untold.replace('%', 'enable'));
    expect((await owner.get(`${path}/members/${fan.appUserId}`)).body.channelMemberState).toBe('ONLINE');
    await api.knex.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'showrunner-listener' and datname = current_database()`,
    );
    await got(told, 1, 'LEAVED');
  });
});

it('who may watch stays, whatever else changes', async () => {
  const fan = await newFan();
  const { id, path } = await joinedRoom(owner, fan);
  await ask('PUT', relation(fan, 'followings'));
  const told = await stream(fan);
  for (const level of ['APP', 'MEMBER', 'FOLLOWER', 'PUBLIC']) await setLevel(id, level);
  await ask('DELETE', relation(fan, 'followings'));
  const elsewhere = await newFan();
  const other = await joinedRoom(owner, elsewhere);
  const gone = await stream(elsewhere);
  await setLevel(other.id, 'PRIVATE');
  await got(gone, 1, 'LEAVED');
  await owner.post(`${path}/messages`, { message: 'still here' });
  await until(() => told.messages.length > 0, { ...TIMES, what: 'the message' });
  expect(told.messages).toMatchObject([{ message: 'still here' }]);
});

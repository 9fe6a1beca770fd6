import { newOwner } from '../store/fixtures';
import { clientOf, newClient, type Client } from './channel-support';
import { expectError, Harness } from './harness';

let api: Harness;
let owner: Client;
let ann: Client;
let bob: Client;
beforeAll(async () => {
  api = await Harness.start();
  owner = await clientOf(api, api.owner);
  ann = await newClient(api, 'ann');
  bob = await newClient(api, 'bob');
});
afterAll(() => api.stop());

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const MESSAGE_ID = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);

const channelOf = async (body: object = {}): Promise<string> =>
  `/video-rooms/${(await api.newRoom(body)).id}/channel`;
async function joined(path: string, ...clients: Client[]): Promise<string> {
  for (const client of clients) expect((await client.post(`${path}/join`)).status).toBe(204);
  return path;
}
const moves = (path: string, to: string) =>
  api.post(`${path.replace('/channel', '')}/rtmp-broadcast/state/${to}`);

describe('the channel of a room', () => {
  it('is there with the room, and follows it', async () => {
    const room = await api.newRoom({ title: 'The show', customData: { color: 'red' } });
    const path = `/video-rooms/${room.id}/channel`;
    expect((await ann.get(path)).body).toEqual({
      id: room.channel.id,
      state: 'ACTIVE',
      channelState: 'CREATED',
      app: { id: api.owner.appId, state: 'ACTIVE', name: 'Test app' },
      referenceType: 'VIDEO_ROOM',
      referenceId: room.id,
      lastSessionNo: 0,
      name: 'The show',
      description: null,
      customType: null,
      customData: { color: 'red' },
      policy: { canMemberSelfJoin: true, memberAutoLeaveWhenDisconnects: false, canAutoResume: false },
      openedAt: null,
      pausedAt: null,
      autoPaused: false,
      resumedAt: null,
      closedAt: null,
      stats: { currentOnlineMemberCount: 0 },
      createdAt: ISO,
      lastModifiedAt: ISO,
    });
    await moves(path, 'live');
    expect((await ann.get(path)).body).toMatchObject({
      channelState: 'OPENED',
      openedAt: ISO,
      closedAt: null,
    });
  });

  it('closes with the room: nobody joins or talks any more, and all can leave and read', async () => {
    const path = await joined(await channelOf(), ann);
    await ann.post(`${path}/messages`, { message: 'hello' });
    await moves(path, 'cancelled');
    expect((await ann.get(path)).body).toMatchObject({ channelState: 'CLOSED', closedAt: ISO });
    expectError(await bob.post(`${path}/join`), 400, 'CHANNEL_STATE_CLOSED');
    expectError(await ann.post(`${path}/messages`, { message: 'late' }), 400, 'CHANNEL_STATE_CLOSED');
    expect((await ann.get(`${path}/messages`)).body.totalElements).toBe(1);
    expect((await ann.post(`${path}/leave`)).status).toBe(204);
  });

  it('is not there for other apps, and shut where the room is', async () => {
    const path = await channelOf({ accessLevel: 'PRIVATE' });
    const other = await newOwner(api.knex, api.vault);
    const stranger = await clientOf(api, other, other.appId);
    for (const reply of [
      await stranger.get(path),
      await stranger.post(`${path}/join`),
      await ann.get('/video-rooms/999999/channel'),
      await ann.get('/video-rooms/x/channel'),
    ])
      expectError(reply, 404, 'VIDEO_ROOM_NOT_FOUND');
    for (const reply of [await ann.get(path), await ann.post(`${path}/join`)])
      expectError(reply, 403, 'VIDEO_ROOM_ACCESS_DENIED');
    expect((await owner.get(path)).status).toBe(200);
    const id = path.split('/')[2];
    expectError(await stranger.get(`/channels/${id}/messages`), 404, 'CHANNEL_NOT_FOUND');
    expectError(await ann.get(`/channels/${id}/messages`), 403, 'VIDEO_ROOM_ACCESS_DENIED');
  });
});

describe('joining', () => {
  it('counts each member once, however often it comes', async () => {
    const path = await channelOf();
    const two = await Promise.all([
      ann.post(`${path}/join`),
      ann.post(`${path}/join`),
      bob.post(`${path}/join`),
    ]);
    expect(two.map(({ status }) => status)).toEqual([204, 204, 204]);
    const count = async () => (await owner.get(path)).body.stats.currentOnlineMemberCount;
    expect(await count()).toBe(2);
    await Promise.all([ann.post(`${path}/leave`), ann.post(`${path}/leave`)]);
    expect(await count()).toBe(1);
    await joined(path, ann);
    expect(await count()).toBe(2);
  });

  it('shows who is in, and what it said of itself', async () => {
    const path = await joined(await channelOf(), owner);
    const own = { customType: 'fan', customData: { seat: '7' } };
    await ann.post(`${path}/join`, own);
    expect((await ann.get(`${path}/members/ann`)).body).toEqual({
      id: expect.any(Number),
      channelMemberState: 'ONLINE',
      channelMemberType: 'MEMBER',
      appUser: {
        appUserId: 'ann',
        appUserName: '',
        appUserProfileImgUrl: '',
        appUserCustomData: null,
        email: null,
      },
      ...own,
      joinedAt: ISO,
      rejoinedAt: null,
      lastSeenAt: ISO,
      bannedAt: null,
      unbannedAt: null,
      leavedAt: null,
      autoLeaved: false,
    });
    const list = (await ann.get(`${path}/members?pageSize=1&page=1`)).body;
    expect(list).toMatchObject({ totalElements: 2, number: 1, content: [{ appUser: { appUserId: 'ann' } }] });
    expect((await ann.get(`${path}/members/${owner.appUserId}`)).body.channelMemberType).toBe('OPERATOR');
    expectError(await ann.get(`${path}/members/bob`), 404, 'CHANNEL_MEMBER_NOT_FOUND');
    expectError(await ann.get(`${path}/members/%00`), 404, 'CHANNEL_MEMBER_NOT_FOUND');
    await ann.post(`${path}/leave`);
    expect((await owner.get(`${path}/members/ann`)).body).toMatchObject({
      channelMemberState: 'LEAVED',
      leavedAt: ISO,
    });
    expectError(await ann.get(`${path}/members`), 400, 'CHANNEL_NOT_JOINED');
  });

  it('asks for the room’s password, but not its owner', async () => {
    const path = await channelOf({ password: 'sesame' });
    for (const password of [undefined, null, '', 'wrong', 'Sesame'])
      expectError(await ann.post(`${path}/join`, { password }), 403, 'INVALID_VIDEO_ROOM_PASSWORD');
    expect((await ann.post(`${path}/join`, { password: 'sesame' })).status).toBe(204);
    expect((await owner.post(`${path}/join`)).status).toBe(204);
  });

  it('lets nobody guess passwords', async () => {
    const path = await channelOf({ password: 'sesame' });
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => bob.post(`${path}/join`, { password: `guess ${i}` })),
    );
    const codes = guesses.map(({ body }) => body.errorCode);
    expect(codes.filter((code) => code === 'TOO_MANY_WRONG_PASSWORDS').length).toBeGreaterThanOrEqual(10);
    expectError(await bob.post(`${path}/join`, { password: 'sesame' }), 429, 'TOO_MANY_WRONG_PASSWORDS');
  });
});

describe('operators', () => {
  it('promote, demote and ban; others do not', async () => {
    const path = await joined(await channelOf(), ann, bob);
    const act = (who: Client, whom: string, what: string) => who.post(`${path}/members/${whom}/${what}`);
    expectError(await act(ann, 'bob', 'ban'), 403, 'CHANNEL_OPERATOR_REQUIRED');
    expectError(await act(ann, 'ann', 'set-as-operator'), 403, 'CHANNEL_OPERATOR_REQUIRED');
    expect((await act(owner, 'ann', 'set-as-operator')).status).toBe(204);
    expect((await act(ann, 'bob', 'ban')).status).toBe(204);
    expect((await act(ann, 'bob', 'ban')).status).toBe(204);
    expectError(await bob.post(`${path}/join`), 403, 'CHANNEL_MEMBER_BANNED');
    expectError(await bob.post(`${path}/messages`, { message: 'x' }), 403, 'CHANNEL_MEMBER_BANNED');
    expectError(await bob.get(`${path}/messages`), 403, 'CHANNEL_MEMBER_BANNED');
    expect((await owner.get(path)).body.stats.currentOnlineMemberCount).toBe(1);
    expect((await owner.get(`${path}/members/bob`)).body).toMatchObject({
      channelMemberState: 'BANNED',
      bannedAt: ISO,
    });
    expect((await act(ann, 'bob', 'unban')).status).toBe(204);
    expect((await bob.post(`${path}/join`)).status).toBe(204);
    expect((await act(owner, 'ann', 'set-as-member')).status).toBe(204);
    expectError(await act(ann, 'bob', 'ban'), 403, 'CHANNEL_OPERATOR_REQUIRED');
  });

  it('stay one by coming again, and the owner whatever happens', async () => {
    const path = await joined(await channelOf(), ann, owner);
    const act = (who: Client, whom: string, what: string) => who.post(`${path}/members/${whom}/${what}`);
    await act(owner, 'ann', 'set-as-operator');
    await ann.post(`${path}/leave`);
    expectError(await act(ann, 'ann', 'ban'), 403, 'CHANNEL_OPERATOR_REQUIRED');
    await joined(path, ann);
    for (const what of ['ban', 'set-as-member'])
      expectError(await act(ann, owner.appUserId, what), 400, 'CHANNEL_OWNER_NOT_CHANGEABLE');
    expectError(await act(ann, 'nobody', 'ban'), 404, 'CHANNEL_MEMBER_NOT_FOUND');
  });
});

describe('messages', () => {
  it('are kept unless they are not to be', async () => {
    const path = await joined(await channelOf(), ann);
    const said = { message: 'hi', customType: 'greeting', customData: { deep: { list: [1, 'a', null] } } };
    expect((await ann.post(`${path}/messages`, said)).status).toBe(204);
    await ann.post(`${path}/messages`, { message: 'gone', persistence: false });
    await ann.post(`${path}/messages`, { type: 'SIGNAL', customType: 'wave' });
    await ann.post(`${path}/messages`, { type: 'SIGNAL', customType: 'kept', persistence: true });
    const { content } = (await ann.get(`${path}/messages?direction=AFTER`)).body;
    expect(content.map((message: any) => message.customType)).toEqual(['greeting', 'kept']);
    expect(content[0]).toEqual({
      messageId: MESSAGE_ID,
      sentAt: ISO,
      origin: 'MEMBER',
      type: 'MESSAGE',
      deliveryType: 'BROADCAST',
      channelId: path.split('/')[2],
      channelMember: {
        type: 'MEMBER',
        appUser: { appUserId: 'ann', appUserName: '', appUserProfileImgUrl: '' },
        customType: null,
        customData: null,
      },
      sessionNo: 0,
      ...said,
    });
    expect((await ann.get(`${path}/messages/${content[0].messageId}`)).body).toEqual(content[0]);
    for (const id of ['2026-01-01T00:00:00.000000000Z', 'x', '%00'])
      expectError(await ann.get(`${path}/messages/${id}`), 404, 'CHANNEL_MESSAGE_NOT_FOUND');
  });

  it('are paged from a message on, both ways and by the channel’s id', async () => {
    const path = await joined(await channelOf(), ann);
    for (let i = 0; i < 5; i += 1) await ann.post(`${path}/messages`, { message: String(i) });
    const page = async (query: string, at = `${path}/messages`) => {
      const { body } = await ann.get(`${at}?${query}`);
      return { said: body.content?.map((it: any) => it.message).join(''), total: body.totalElements, body };
    };
    expect(await page('')).toMatchObject({ said: '43210', total: 5 });
    const { body } = await page('limit=3');
    expect(body).toMatchObject({ size: 3, totalPages: 2, last: false });
    const middle = body.content[2].messageId;
    expect(await page(`messageId=${middle}`)).toMatchObject({ said: '10', total: 2 });
    expect(await page(`messageId=${middle}&direction=AFTER`)).toMatchObject({ said: '34' });
    expect(await page(`messageId=${middle}&direction=AFTER&limit=1`)).toMatchObject({ said: '3', total: 2 });
    const byId = `/channels/${path.split('/')[2]}/messages`;
    expect(await page(`channelMessageId=${middle}&sortBy=GREATER_THAN&limit=100`, byId)).toMatchObject({
      said: '34',
    });
    expect((await ann.post(byId, { message: '5' })).status).toBe(204);
    expect(await page(`channelMessageId=${middle}`, byId)).toMatchObject({ said: '345' });
    expectError(await ann.get(`${path}/messages?messageId=never`), 404, 'CHANNEL_MESSAGE_NOT_FOUND');
  });

  it('are refused from outside, empty, with a banned word, or unfit to be kept', async () => {
    const path = await joined(await channelOf(), ann);
    const send = (body: object, who = ann) => who.post(`${path}/messages`, body);
    expectError(await send({ message: 'x' }, bob), 400, 'CHANNEL_NOT_JOINED');
    expectError(await bob.get(`${path}/messages`), 400, 'CHANNEL_NOT_JOINED');
    expectError(await send({}), 400, 'EMPTY_CHANNEL_MESSAGE');
    await api.post('/banned-chat-words', { body: { words: ['Viagra'] } });
    expectError(await send({ message: 'buy vIAGRA now' }), 400, 'CHAT_MESSAGE_HAS_BANNED_WORD');
    for (const body of [
      { message: 'a\0b' },
      { message: '\ud800' },
      { message: 'x'.repeat(5_001) },
      { message: 5 },
      { type: 'SHOUT', message: 'x' },
      { customType: '\udc00' },
      { customData: [] },
      { customData: { 'a\0': 1 } },
      { customData: { a: { b: '\ud800' } } },
      { customData: { a: 'x'.repeat(5_000) } },
      { message: 'x', persistence: 'yes' },
    ])
      expectError(await send(body), 400, 'INVALID_REQUEST');
    for (const query of ['limit=0', 'limit=x', 'direction=UP', 'messageId=%00'])
      expectError(await ann.get(`${path}/messages?${query}`), 400, 'INVALID_REQUEST');
    expectError(await ann.post(`${path}/join`, { customData: { a: '\ud800' } }), 400, 'INVALID_REQUEST');
  });
});

it('says that web-rtc-tokens are not built yet', async () => {
  const { id } = await api.newRoom();
  expectError(await ann.post(`/video-rooms/${id}/web-rtc-tokens`), 501, 'NOT_BUILT_YET');
});

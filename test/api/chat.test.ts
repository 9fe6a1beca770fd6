import { joinChannel } from '../../src/store/channel-members';
import { findChannel } from '../../src/store/channels';
import { newMember, newOwner } from '../store/fixtures';
import { expectError, Harness } from './harness';

let api: Harness;
beforeAll(async () => {
  api = await Harness.start();
});
afterAll(() => api.stop());

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

async function chatRoom(): Promise<any> {
  const room = await api.newRoom({ title: 'Chatty' });
  expect((await api.post(`/video-rooms/${room.id}/chat-room`)).status).toBe(200);
  return room;
}

async function join(roomId: number, memberId: number): Promise<void> {
  const channel = await findChannel(api.knex, api.owner.appId, roomId);
  await joinChannel(api.knex, channel!, memberId, { customType: null, customData: null });
}

/** What is addressed to members, as the log says. */
const told = (where: object) =>
  api.knex('member_events').where(where).whereRaw(`payload->>'message' is not null`).orderBy('id');

describe('the chat room of a video room', () => {
  it('is created once, read, and closed', async () => {
    const room = await api.newRoom();
    const path = `/video-rooms/${room.id}/chat-room`;
    expectError(await api.get(path), 404, 'CHAT_ROOM_NOT_FOUND');
    const created = await api.post(path);
    expect(created.body).toEqual({
      videoKey: room.uuid,
      channelKey: room.uuid,
      totalChatMessageCount: 0,
      totalChatMemberCount: 0,
      closed: false,
      createdAt: ISO,
    });
    expectError(await api.post(path), 400, 'CHAT_ROOM_ALREADY_EXISTS');
    expect((await api.get(path)).body).toEqual(created.body);
    expect((await api.post(`${path}/close`)).body).toEqual({ ...created.body, closed: true });
    expect((await api.post(`${path}/close`)).body.closed).toBe(true);
    const { chat } = (await api.get(`/video-rooms/${room.id}`)).body;
    expect(chat).toMatchObject({
      created: true,
      createdAt: created.body.createdAt,
      closed: true,
      closedAt: ISO,
    });
    expectError(
      await api.post(`${path}/admin/messages/broadcast`, {
        body: { messageType: 'MESSAGE', message: 'late' },
      }),
      400,
      'CHAT_ROOM_CLOSED',
    );
  });

  it('lists who is in, by a cursor', async () => {
    const room = await chatRoom();
    for (const name of ['m1', 'm2', 'm3'])
      await join(room.id, (await newMember(api.knex, api.vault, api.owner.appId, name)).memberId);
    const path = `/video-rooms/${room.id}/chat-room/members`;
    const first = await api.get(`${path}?count=2`);
    expect(first.body).toEqual({
      nextCursor: 2,
      count: 2,
      content: ['m1', 'm2'].map((appUserId) => ({
        appUserId,
        appUserName: null,
        appUserProfileImgUrl: null,
        joinedAt: ISO,
      })),
    });
    const next = await api.get(`${path}?cursor=${first.body.nextCursor}`);
    expect(next.body).toMatchObject({ nextCursor: 3, count: 1, content: [{ appUserId: 'm3' }] });
    expect((await api.get(`/video-rooms/${room.id}/chat-room`)).body.totalChatMemberCount).toBe(3);
  });
});

describe('admin messages', () => {
  it('go to all of the channel', async () => {
    const room = await chatRoom();
    const path = `/video-rooms/${room.id}/chat-room`;
    const body = { messageType: 'COMMAND', customType: 'WARN', message: 'hey', data: { foo: { deep: 1 } } };
    const sent = await api.post(`${path}/admin/messages/broadcast`, { body });
    expect(sent).toMatchObject({ status: 201, body: { videoKey: room.uuid, messageId: expect.any(Number) } });
    expect((await api.get(`${path}/messages/${sent.body.messageId}`)).body).toEqual({
      ...sent.body,
      ...body,
      receiverAppUserIds: [],
      createdAt: ISO,
    });
    const [row] = await told({ channel_id: room.id });
    expect(row.payload).toMatchObject({
      origin: 'APP',
      type: 'SIGNAL',
      deliveryType: 'BROADCAST',
      message: 'hey',
    });
  });

  it('go to some members only, once each', async () => {
    const room = await chatRoom();
    const dora = await newMember(api.knex, api.vault, api.owner.appId, 'dora');
    const path = `/video-rooms/${room.id}/chat-room`;
    const sent = await api.post(`${path}/admin/messages/direct`, {
      body: { messageType: 'DM', message: 'psst', appUserIds: ['dora', 'dora'] },
    });
    expect((await api.get(`${path}/messages/${sent.body.messageId}`)).body).toMatchObject({
      messageType: 'DM',
      receiverAppUserIds: ['dora'],
    });
    expect(await told({ member_id: dora.memberId })).toHaveLength(1);
    expect(await told({ channel_id: room.id })).toHaveLength(0);
    expectError(
      await api.post(`${path}/admin/messages/direct`, {
        body: { messageType: 'DM', message: 'psst', appUserIds: ['nobody'] },
      }),
      404,
      'MEMBER_NOT_FOUND',
    );
  });

  it.each([
    ['broadcast', {}, 'EMPTY_CHAT_ROOM_MESSAGE_TYPE'],
    ['broadcast', { messageType: 'DM' }, 'INVALID_REQUEST'],
    ['direct', { messageType: 'DM' }, 'EMPTY_CHAT_ROOM_APP_USER_IDS'],
    ['direct', { messageType: 'DM', appUserIds: [] }, 'EMPTY_CHAT_ROOM_APP_USER_IDS'],
    ['direct', { messageType: 'DM', appUserIds: ['a\0'] }, 'INVALID_REQUEST'],
    ['broadcast', { messageType: 'MESSAGE', message: 'half \ud83d' }, 'INVALID_REQUEST'],
    ['broadcast', { messageType: 'MESSAGE', data: { a: ['\0'] } }, 'INVALID_REQUEST'],
    ['broadcast', { messageType: 'MESSAGE', data: { a: 'x'.repeat(5_000) } }, 'INVALID_REQUEST'],
  ])('refuses %s of %j with %s', async (how, body, code) => {
    const room = await chatRoom();
    expectError(
      await api.post(`/video-rooms/${room.id}/chat-room/admin/messages/${how}`, { body }),
      400,
      code,
    );
  });
});

describe('a message', () => {
  it('is hidden, shown again and deleted; the stream does not repeat its words', async () => {
    const room = await chatRoom();
    const path = `/video-rooms/${room.id}/chat-room`;
    const body = { messageType: 'MESSAGE', message: 'oops' };
    const { messageId } = (await api.post(`${path}/admin/messages/broadcast`, { body })).body;
    const one = `${path}/messages/${messageId}`;
    expect((await api.post(`${one}/hide`)).status).toBe(204);
    expect(await told({ channel_id: room.id })).toHaveLength(0);
    expect((await api.get(one)).body.message).toBe('oops');
    expect((await api.post(`${one}/unhide`)).status).toBe(204);
    expect((await api.ask(`/v2/apps/me${one}`, { method: 'DELETE' })).status).toBe(204);
    for (const reply of [await api.get(one), await api.post(`${one}/hide`)])
      expectError(reply, 404, 'CHAT_ROOM_MESSAGE_NOT_FOUND');
    expect((await api.get(path)).body.totalChatMessageCount).toBe(0);
  });

  it('is nobody else’s', async () => {
    const room = await chatRoom();
    const path = `/video-rooms/${room.id}/chat-room`;
    const body = { messageType: 'MESSAGE', message: 'ours' };
    const { messageId } = (await api.post(`${path}/admin/messages/broadcast`, { body })).body;
    const other = await newOwner(api.knex, api.vault);
    const theirs = await api.newRoom();
    expectError(await api.get(path, { as: other }), 404, 'VIDEO_ROOM_NOT_FOUND');
    expectError(await api.get(`${path}/messages/${messageId}`, { as: other }), 404, 'VIDEO_ROOM_NOT_FOUND');
    expectError(
      await api.get(`/video-rooms/${theirs.id}/chat-room/messages/${messageId}`),
      404,
      'CHAT_ROOM_MESSAGE_NOT_FOUND',
    );
    expectError(await api.get(`${path}/messages/0x1`), 404, 'CHAT_ROOM_MESSAGE_NOT_FOUND');
  });
});

describe('banned words', () => {
  it('are added twice, and removed by a comma list', async () => {
    expect((await api.post('/banned-chat-words', { body: { words: ['Spam', 'ham', 'ham'] } })).status).toBe(
      204,
    );
    expect((await api.post('/banned-chat-words', { body: { words: ['spam'] } })).status).toBe(204);
    expect(await api.knex('banned_chat_words').orderBy('word').pluck('word')).toEqual(['ham', 'spam']);
    const removed = await api.ask('/v2/apps/me/banned-chat-words/SPAM,never', { method: 'DELETE' });
    expect(removed.status).toBe(204);
    expect(await api.knex('banned_chat_words').pluck('word')).toEqual(['ham']);
    for (const body of [{}, { words: [] }])
      expectError(await api.post('/banned-chat-words', { body }), 400, 'EMPTY_CHAT_ROOM_WORDS');
    const none = await api.ask('/v2/apps/me/banned-chat-words/,', { method: 'DELETE' });
    expectError(none, 400, 'EMPTY_CHAT_ROOM_WORDS');
  });
});

it('says what is not built yet', async () => {
  expectError(await api.post('/members/guest-chat-tokens'), 501, 'NOT_BUILT_YET');
  expectError(await api.post('/members/alice/chat-tokens'), 501, 'NOT_BUILT_YET');
});

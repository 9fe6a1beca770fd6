import { channelsContract as channels } from '../../../src/api/contract/channels';
import { chatContract as chat } from '../../../src/api/contract/chat';
import { eventsContract } from '../../../src/api/contract/events';
import type { Operation } from '../../../src/api/contract/operation';
import { appTokensContract } from '../../../src/api/contract/tokens';
import { videoRoomsContract as rooms } from '../../../src/api/contract/video-rooms';
import type { ErrorCode } from '../../../src/domain/errors';
import { EventClient } from '../../api/event-client';
import { until } from '../../support/until';
import type { Caller, Input } from './caller';
import { publishedOf } from './coverage';
import { wellFormed } from './provoked';
import type { Tenant, World } from './world';

const CHANNEL: readonly Operation[] = Object.values(channels);
/** Tries of a password, until nobody may guess any more. */
const GUESSES = 11;

interface Talk {
  tenant: Tenant;
  videoRoomId: number;
  owner: Caller;
  viewer: Caller;
}

async function room(tenant: Tenant, body: object = {}): Promise<number> {
  const of = {
    appUserId: tenant.owner.appUserId,
    type: 'BROADCAST_RTMP',
    scheduledAt: '2027-01-01T00:00:00Z',
  };
  return (await tenant.app.ok(rooms.createVideoRoom, { body: { ...of, ...body } })).id;
}

async function open(world: World): Promise<Talk> {
  const tenant = await world.tenant();
  const owner = await tenant.member(tenant.owner.appUserId);
  return { tenant, videoRoomId: await room(tenant), owner, viewer: await tenant.member('viewer') };
}

/** Asks it of a room, in a form that passes. */
const at = (operation: Operation, videoRoomId: number, more: Input['path'] = {}): Input => ({
  ...wellFormed(operation),
  path: { ...wellFormed(operation).path, videoRoomId, channelId: videoRoomId, ...more },
});

/** Every operation of the channel that publishes the code, but those that have another way to it. */
async function allSay(code: ErrorCode, by: Caller, videoRoomId: number, but: readonly Operation[] = []) {
  for (const operation of CHANNEL)
    if (publishedOf(operation).errors.includes(code) && !but.includes(operation))
      await by.says(code, operation, at(operation, videoRoomId, { appUserId: 'viewer' }));
}

/** A room's channel: who is in, what is said, who may not. */
export async function talks(world: World): Promise<void> {
  const talk = await open(world);
  const { tenant, videoRoomId, owner, viewer } = talk;
  await allSay('CHANNEL_NOT_JOINED', viewer, videoRoomId);
  await Promise.all([listened(world, talk), closedToOthers(tenant), closed(tenant), guessed(tenant)]);
  await said(talk);
  await operated(talk);
  // In a public room who is banned still sees that there is a channel.
  await owner.ok(
    channels.banChannelMember,
    at(channels.banChannelMember, videoRoomId, { appUserId: 'viewer' }),
  );
  await allSay('CHANNEL_MEMBER_BANNED', viewer, videoRoomId);
  const unban = channels.unbanChannelMember;
  await owner.ok(unban, at(unban, videoRoomId, { appUserId: 'viewer' }));
}

/** The event stream tells its member of what it does itself. */
async function listened(world: World, { tenant, videoRoomId, viewer }: Talk): Promise<void> {
  const { openEventStream } = eventsContract;
  await viewer.ok(openEventStream);
  const { accessToken } = await tenant.app.ok(appTokensContract.loginMember, {
    body: { appUserId: 'viewer' },
  });
  const stream = await new EventClient(
    Number(new URL(world.processes.addresses.api).port),
    accessToken,
  ).opened();
  try {
    await viewer.ok(channels.joinChannel, at(channels.joinChannel, videoRoomId));
    const joined = await until(() => stream.ofType('JOINED')[0], { timeoutMs: 10_000, what: 'JOINED' });
    expect(openEventStream.answer.schema.parse(joined)).toEqual(joined);
  } finally {
    stream.cut();
  }
}

async function closedToOthers(tenant: Tenant): Promise<void> {
  const stranger = await tenant.member('stranger');
  await allSay('VIDEO_ROOM_ACCESS_DENIED', stranger, await room(tenant, { accessLevel: 'PRIVATE' }));
}

/** The broadcast is over before it began. */
async function closed(tenant: Tenant): Promise<void> {
  const videoRoomId = await room(tenant);
  const late = await tenant.member('late');
  await late.ok(channels.joinChannel, at(channels.joinChannel, videoRoomId));
  await tenant.app.ok(rooms.cancelRtmpBroadcast, { path: { videoRoomId } });
  await allSay('CHANNEL_STATE_CLOSED', late, videoRoomId);
}

async function guessed(tenant: Tenant): Promise<void> {
  const join = channels.joinChannel;
  const guess = { ...at(join, await room(tenant, { password: 'right' })), body: { password: 'wrong' } };
  const guesser = await tenant.member('guesser');
  await guesser.says('INVALID_VIDEO_ROOM_PASSWORD', join, guess);
  for (let tries = 1; tries < GUESSES - 1; tries += 1) await guesser.send(join, guess);
  await guesser.says('TOO_MANY_WRONG_PASSWORDS', join, guess);
}

async function said({ tenant, videoRoomId, owner, viewer }: Talk): Promise<void> {
  await tenant.app.ok(chat.banChatWords, { body: { words: ['badword'] } });
  for (const send of [channels.sendChannelMessage, channels.sendMessageById]) {
    await viewer.ok(send, at(send, videoRoomId));
    await viewer.says('EMPTY_CHANNEL_MESSAGE', send, { ...at(send, videoRoomId), body: {} });
    const rude = { ...at(send, videoRoomId), body: { message: 'a BADWORD' } };
    await viewer.says('CHAT_MESSAGE_HAS_BANNED_WORD', send, rude);
  }
  await tenant.app.ok(chat.allowChatWords, { path: { words: 'badword' } });
  await tenant.app.says('EMPTY_CHAT_ROOM_WORDS', chat.allowChatWords, { path: { words: ',' } });
  const list = channels.listChannelMessages;
  const { content } = await owner.ok(list, at(list, videoRoomId));
  await viewer.ok(channels.listMessagesById, at(channels.listMessagesById, videoRoomId));
  const { getChannelMessage } = channels;
  await viewer.ok(getChannelMessage, at(getChannelMessage, videoRoomId, { messageId: content[0].messageId }));
  await viewer.says('CHANNEL_MESSAGE_NOT_FOUND', getChannelMessage, at(getChannelMessage, videoRoomId));
  const unknown = { messageId: 'none', channelMessageId: 'none' };
  for (const it of [list, channels.listMessagesById])
    await viewer.says('CHANNEL_MESSAGE_NOT_FOUND', it, { ...at(it, videoRoomId), query: unknown });
}

async function operated({ tenant, videoRoomId, owner, viewer }: Talk): Promise<void> {
  await owner.ok(channels.joinChannel, at(channels.joinChannel, videoRoomId));
  await viewer.ok(channels.getChannel, at(channels.getChannel, videoRoomId));
  await viewer.ok(channels.listChannelMembers, at(channels.listChannelMembers, videoRoomId));
  const named = { appUserId: 'viewer' };
  await viewer.ok(channels.getChannelMember, at(channels.getChannelMember, videoRoomId, named));
  await allSay('CHANNEL_OPERATOR_REQUIRED', viewer, videoRoomId);
  await viewer.says(
    'CHANNEL_MEMBER_NOT_FOUND',
    channels.getChannelMember,
    at(channels.getChannelMember, videoRoomId),
  );
  for (const act of [
    channels.setChannelMemberAsOperator,
    channels.setChannelMemberAsMember,
    channels.banChannelMember,
    channels.unbanChannelMember,
  ]) {
    await owner.says('CHANNEL_MEMBER_NOT_FOUND', act, at(act, videoRoomId));
    const self = { appUserId: tenant.owner.appUserId };
    await owner.says('CHANNEL_OWNER_NOT_CHANGEABLE', act, at(act, videoRoomId, self));
  }
  await owner.ok(
    channels.setChannelMemberAsOperator,
    at(channels.setChannelMemberAsOperator, videoRoomId, named),
  );
  await owner.ok(
    channels.setChannelMemberAsMember,
    at(channels.setChannelMemberAsMember, videoRoomId, named),
  );
  await owner.ok(channels.leaveChannel, at(channels.leaveChannel, videoRoomId));
}

/** First-generation chat: the same channel in other words. */
export async function chats(world: World): Promise<void> {
  const tenant = await world.tenant();
  const { app, owner } = tenant;
  const path = { videoRoomId: await room(tenant), messageId: 999_999_999 };
  const all: readonly Operation[] = Object.values(chat);
  const say = async (code: ErrorCode) => {
    for (const it of all)
      if (publishedOf(it).errors.includes(code)) await app.says(code, it, { ...wellFormed(it), path });
  };
  await say('CHAT_ROOM_NOT_FOUND');
  await app.ok(chat.createChatRoom, { path });
  await app.says('CHAT_ROOM_ALREADY_EXISTS', chat.createChatRoom, { path });
  await say('CHAT_ROOM_MESSAGE_NOT_FOUND');
  await app.ok(chat.getChatRoom, { path });
  await app.ok(chat.listChatRoomMembers, { path });
  const toOwner = { message: 'Hello', appUserIds: [owner.appUserId] };
  for (const [send, messageType] of [
    [chat.broadcastChatMessage, 'MESSAGE'],
    [chat.sendDirectChatMessage, 'DM'],
  ] as const) {
    const body = { ...toOwner, messageType };
    await app.says('MEMBER_NOT_FOUND', send, { path, body: { ...body, appUserIds: ['nobody'] } });
    path.messageId = (await app.ok(send, { path, body })).messageId;
  }
  for (const it of [
    chat.getChatMessage,
    chat.hideChatMessage,
    chat.unhideChatMessage,
    chat.deleteChatMessage,
  ])
    await app.ok(it, { path });
  await app.ok(chat.closeChatRoom, { path });
  await say('CHAT_ROOM_CLOSED');
}

import type { z } from 'zod';
import { CodedError } from '../../domain/errors';
import { allowWords, banWords } from '../../store/banned-words';
import { listChannelMembers } from '../../store/channel-members';
import {
  countMessages,
  deleteMessage,
  findMessageByNumber,
  hideMessage,
  sendMessage,
  type ChannelMessage,
} from '../../store/channel-messages';
import { findChannel, type ChannelDetails } from '../../store/channels';
import { closeChatRoom, findAppUserIds, findMemberIds, openChatRoom } from '../../store/chat-rooms';
import { chatContract } from '../contract/chat';
import type { ApiDeps } from '../deps';
import { roomIdOf } from '../rooms-by-id';
import { bannedWordsBody, type broadcastBody, type directBody } from '../schemas/chat';
import { parseRequest } from '../schemas/parse';
import { bind, type Binding, type Call } from '../serve';

type Knex = ApiDeps['knex'];
type Asking = Pick<Call, 'app' | 'id'>;
type AdminMessage = z.output<typeof broadcastBody> | z.output<typeof directBody>;

/** Errors: VIDEO_ROOM_NOT_FOUND. */
async function channelOf(knex: Knex, call: Asking): Promise<ChannelDetails> {
  const channel = await findChannel(knex, call.app.id, roomIdOf(call));
  if (!channel) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
  return channel;
}

/** Errors: VIDEO_ROOM_NOT_FOUND, CHAT_ROOM_NOT_FOUND. */
async function chatOf(knex: Knex, call: Asking): Promise<ChannelDetails & { chat_created_at: Date }> {
  const channel = await channelOf(knex, call);
  const { chat_created_at } = channel;
  if (chat_created_at === null) throw new CodedError('CHAT_ROOM_NOT_FOUND');
  return { ...channel, chat_created_at };
}

/** Both keys are the room's uuid, as the room's `chat` says. */
const keysOf = (channel: ChannelDetails) => ({
  videoKey: channel.room_uuid,
  channelKey: channel.room_uuid,
});

async function serializeChatRoom(knex: Knex, channel: ChannelDetails & { chat_created_at: Date }) {
  return {
    ...keysOf(channel),
    totalChatMessageCount: await countMessages(knex, channel.id),
    totalChatMemberCount: channel.online_members,
    closed: channel.chat_closed_at !== null,
    createdAt: channel.chat_created_at.toISOString(),
  };
}

/** Null: all. Errors: MEMBER_NOT_FOUND. */
async function recipientsOf(knex: Knex, appId: number, names: readonly string[]): Promise<number[] | null> {
  if (names.length === 0) return null;
  const found = await findMemberIds(knex, appId, names);
  if (names.some((name) => !found.has(name))) throw new CodedError('MEMBER_NOT_FOUND');
  return [...found.values()];
}

async function sendAdminMessage(knex: Knex, call: Asking, body: AdminMessage) {
  const channel = await chatOf(knex, call);
  if (channel.chat_closed_at !== null) throw new CodedError('CHAT_ROOM_CLOSED');
  const recipients = await recipientsOf(knex, call.app.id, body.appUserIds ?? []);
  const { id } = await sendMessage(knex, channel, {
    origin: 'APP',
    type: body.messageType === 'COMMAND' ? 'SIGNAL' : 'MESSAGE',
    memberId: null,
    customType: body.customType ?? null,
    customData: body.data ?? null,
    message: body.message ?? null,
    recipients,
    keep: true,
    chatType: body.messageType,
  });
  if (id === null) throw new Error('a message that was to be kept has no number');
  return { ...keysOf(channel), messageId: id };
}

/** What came from members is a MESSAGE or, as a signal, a COMMAND. */
const chatTypeOf = (message: ChannelMessage): string =>
  message.chatType ?? (message.type === 'SIGNAL' ? 'COMMAND' : 'MESSAGE');

async function serializeChatMessage(knex: Knex, channel: ChannelDetails, message: ChannelMessage) {
  return {
    ...keysOf(channel),
    messageId: message.id,
    messageType: chatTypeOf(message),
    customType: message.customType,
    message: message.message,
    data: message.customData,
    receiverAppUserIds: message.recipients ? await findAppUserIds(knex, message.recipients) : [],
    createdAt: message.sentAt.toISOString(),
  };
}

async function members(knex: Knex, call: Asking, { cursor, count }: { cursor: number; count: number }) {
  const channel = await chatOf(knex, call);
  const range = { offset: cursor, limit: count, onlineOnly: true };
  const found = await listChannelMembers(knex, channel.id, range);
  const content = found.members.map((member) => ({
    appUserId: member.app_user_id,
    appUserName: member.app_user_name,
    appUserProfileImgUrl: member.app_user_profile_img_url,
    joinedAt: (member.rejoined_at ?? member.joined_at).toISOString(),
  }));
  return { nextCursor: cursor + content.length, count: content.length, content };
}

type Changing = (knex: Knex, channelId: number, id: number) => Promise<boolean>;

/** First-generation chat of the server API. */
export function chatRoutes({ knex }: ApiDeps): Binding[] {
  const messageId = (call: Asking) => call.id('messageId', 'CHAT_ROOM_MESSAGE_NOT_FOUND');
  const changing = (change: Changing) => async (call: Asking) => {
    const channel = await channelOf(knex, call);
    if (!(await change(knex, channel.id, messageId(call))))
      throw new CodedError('CHAT_ROOM_MESSAGE_NOT_FOUND');
  };
  const notBuilt = () => Promise.reject(new CodedError('NOT_BUILT_YET'));
  return bind(chatContract, {
    async createChatRoom(call) {
      const channel = await channelOf(knex, call);
      if (!(await openChatRoom(knex, channel.id))) throw new CodedError('CHAT_ROOM_ALREADY_EXISTS');
      return serializeChatRoom(knex, await chatOf(knex, call));
    },
    getChatRoom: async (call) => serializeChatRoom(knex, await chatOf(knex, call)),
    async closeChatRoom(call) {
      const channel = await chatOf(knex, call);
      await closeChatRoom(knex, channel.id);
      return serializeChatRoom(knex, await chatOf(knex, call));
    },
    listChatRoomMembers: (call) => members(knex, call, call.query),
    broadcastChatMessage: (call) => sendAdminMessage(knex, call, call.body),
    sendDirectChatMessage: (call) => sendAdminMessage(knex, call, call.body),
    async getChatMessage(call) {
      const channel = await channelOf(knex, call);
      const message = await findMessageByNumber(knex, channel.id, messageId(call));
      if (!message) throw new CodedError('CHAT_ROOM_MESSAGE_NOT_FOUND');
      return serializeChatMessage(knex, channel, message);
    },
    hideChatMessage: changing((...args) => hideMessage(...args, true)),
    unhideChatMessage: changing((...args) => hideMessage(...args, false)),
    deleteChatMessage: changing(deleteMessage),
    banChatWords: ({ app, body }) => banWords(knex, app.id, body.words),
    async allowChatWords({ app, param }) {
      const words = param('words')
        .split(',')
        .filter((word) => word !== '');
      await allowWords(knex, app.id, parseRequest(bannedWordsBody, { words }).words);
    },
    issueGuestChatToken: notBuilt,
    issueChatToken: notBuilt,
  });
}

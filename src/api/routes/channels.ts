import type { z } from 'zod';
import { CodedError } from '../../domain/errors';
import { hasBannedWord } from '../../store/banned-words';
import {
  banMember,
  findChannelMember,
  joinChannel,
  leaveChannel,
  listChannelMembers,
  setMemberType,
  unbanMember,
} from '../../store/channel-members';
import { findMessage, listMessages, sendMessage, type ChannelMessage } from '../../store/channel-messages';
import type { ChannelDetails } from '../../store/channels';
import { roomPasswordMatches } from '../../store/room-password';
import { channelsContract } from '../contract/channels';
import type { ApiDeps } from '../deps';
import {
  anyChannel,
  BY_CHANNEL,
  BY_ROOM,
  isOperator,
  isOwner,
  openChannel,
  requireIn,
  requireNotClosed,
  requireOperator,
  type ChannelCall,
} from '../open-channel';
import type { channelMessageBody } from '../schemas/channel';
import { serializeChannel, serializeChannelMember, serializeMessage } from '../serializers/channel';
import { serializePage } from '../serializers/page';
import { bind, type Binding, type Call } from '../serve';
import { WrongPasswordLimiter } from '../wrong-password-limiter';

type MessageBody = z.output<typeof channelMessageBody>;

/** Errors: INVALID_VIDEO_ROOM_PASSWORD, TOO_MANY_WRONG_PASSWORDS. */
async function checkPassword(
  limiter: WrongPasswordLimiter,
  channel: ChannelDetails,
  { password, address }: { password: string | null | undefined; address: string },
): Promise<void> {
  if (channel.room_password_hash === null) return;
  const right = limiter.guess(address);
  const matches = await roomPasswordMatches(password ?? '', channel.room_password_hash);
  if (!matches) throw new CodedError('INVALID_VIDEO_ROOM_PASSWORD');
  right();
}

/** Errors: as the contract's `sendChannelMessage`. */
async function send(deps: ApiDeps, call: ChannelCall, body: MessageBody): Promise<void> {
  requireNotClosed(call);
  requireIn(call);
  const message = body.message ?? null;
  const said = { message, customType: body.customType ?? null, customData: body.customData ?? null };
  if (Object.values(said).every((value) => value === null)) throw new CodedError('EMPTY_CHANNEL_MESSAGE');
  if (message !== null && (await hasBannedWord(deps.knex, call.channel.app_id, message)))
    throw new CodedError('CHAT_MESSAGE_HAS_BANNED_WORD');
  const type = body.type ?? 'MESSAGE';
  await sendMessage(deps.knex, call.channel, {
    origin: 'MEMBER',
    type,
    memberId: call.member.id,
    ...said,
    recipients: null,
    keep: body.persistence ?? type === 'MESSAGE',
  });
}

interface Range {
  from: string | undefined;
  direction: 'BEFORE' | 'AFTER';
  limit: number;
}

async function messagesPage(deps: ApiDeps, call: ChannelCall, { from, direction, limit }: Range) {
  requireIn(call);
  const { channel, member } = call;
  const start = from === undefined ? null : await messageOf(deps, call, from);
  const range = { from: start, direction, limit };
  const { messages, total } = await listMessages(deps.knex, channel.id, member.id, range);
  return serializePage(messages.map(serializeMessage), total, { page: 0, pageSize: limit });
}

/** Errors: CHANNEL_MESSAGE_NOT_FOUND. */
async function messageOf(deps: ApiDeps, call: ChannelCall, messageId: string): Promise<ChannelMessage> {
  // NUL is no character of a Postgres text, so no message is called so.
  const found = messageId.includes('\0')
    ? undefined
    : await findMessage(deps.knex, call.channel.id, messageId, call.member.id);
  if (!found) throw new CodedError('CHANNEL_MESSAGE_NOT_FOUND');
  return found;
}

/** The member that a path names, or nobody. */
function namedMember(call: Pick<Call, 'param'>): string {
  const appUserId = call.param('appUserId');
  if (appUserId.includes('\0')) throw new CodedError('CHANNEL_MEMBER_NOT_FOUND');
  return appUserId;
}

type Operating = (knex: ApiDeps['knex'], channel: ChannelDetails, appUserId: string) => Promise<void>;

/** The room's channel of the member API. */
export function channelRoutes(deps: ApiDeps): Binding[] {
  const { knex } = deps;
  const limiter = new WrongPasswordLimiter();
  const operate = (act: Operating) => async (call: Pick<Call, 'app' | 'member' | 'id' | 'param'>) => {
    const opened = await openChannel(knex, call);
    requireOperator(opened);
    await act(knex, opened.channel, namedMember(call));
  };
  return bind(channelsContract, {
    getChannel: async (call) => serializeChannel((await openChannel(knex, call)).channel),
    async joinChannel(call) {
      const opened = await openChannel(knex, call);
      requireNotClosed(opened);
      const { password, customType, customData } = call.body;
      if (opened.own?.state === 'BANNED') throw new CodedError('CHANNEL_MEMBER_BANNED');
      if (!isOwner(opened)) await checkPassword(limiter, opened.channel, { password, address: call.address });
      const own = { customType: customType ?? null, customData: customData ?? null };
      await joinChannel(knex, opened.channel, opened.member.id, own);
      // What was narrowed since the first look found this member not in yet, and took it out of nothing.
      await openChannel(knex, call).catch(async (error: unknown) => {
        await leaveChannel(knex, opened.channel, opened.member.id, { auto: true });
        throw error;
      });
    },
    async leaveChannel(call) {
      const { channel, member } = await anyChannel(knex, call, BY_ROOM);
      await leaveChannel(knex, channel, member.id, { auto: false });
    },
    sendChannelMessage: async (call) => send(deps, await openChannel(knex, call), call.body),
    async listChannelMessages(call) {
      const { messageId, direction, limit } = call.query;
      return messagesPage(deps, await openChannel(knex, call), { from: messageId, direction, limit });
    },
    async getChannelMessage(call) {
      const opened = await openChannel(knex, call);
      requireIn(opened);
      return serializeMessage(await messageOf(deps, opened, call.param('messageId')));
    },
    async listChannelMembers(call) {
      const opened = await openChannel(knex, call);
      requireIn(opened);
      const { page, pageSize } = call.query;
      const range = { offset: page * pageSize, limit: pageSize };
      const { members, total } = await listChannelMembers(knex, opened.channel.id, range);
      const mail = isOperator(opened);
      const content = members.map((member) => serializeChannelMember(member, { mail }));
      return serializePage(content, total, { page, pageSize });
    },
    async getChannelMember(call) {
      const opened = await openChannel(knex, call);
      requireIn(opened);
      const member = await findChannelMember(knex, opened.channel.id, { appUserId: namedMember(call) });
      if (!member) throw new CodedError('CHANNEL_MEMBER_NOT_FOUND');
      const mail = isOperator(opened) || member.member_id === opened.member.id;
      return serializeChannelMember(member, { mail });
    },
    setChannelMemberAsOperator: operate((...args) => setMemberType(...args, 'OPERATOR')),
    setChannelMemberAsMember: operate((...args) => setMemberType(...args, 'MEMBER')),
    banChannelMember: operate(banMember),
    unbanChannelMember: operate(unbanMember),
    sendMessageById: async (call) => send(deps, await openChannel(knex, call, BY_CHANNEL), call.body),
    async listMessagesById(call) {
      const { channelMessageId, sortBy, limit } = call.query;
      const direction = sortBy === 'GREATER_THAN' ? 'AFTER' : 'BEFORE';
      const opened = await openChannel(knex, call, BY_CHANNEL);
      return messagesPage(deps, opened, { from: channelMessageId, direction, limit });
    },
    issueWebRtcToken: () => Promise.reject(new CodedError('NOT_BUILT_YET')),
  });
}

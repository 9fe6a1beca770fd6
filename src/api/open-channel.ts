import type { Knex } from 'knex';
import { channelStateOf } from '../domain/channel';
import { CodedError, type ErrorCode } from '../domain/errors';
import { findChannelMember, type ChannelMemberDetails } from '../store/channel-members';
import { findChannel, type ChannelDetails } from '../store/channels';
import type { MemberRow } from '../store/members';
import { askingMember } from './asking-member';
import type { Call } from './serve';
import { mayWatchRoom } from './watchable-rooms';

/** Who asks, for which channel, and what it is there. */
export interface ChannelCall {
  member: MemberRow;
  channel: ChannelDetails;
  /** Undefined: never joined. */
  own: ChannelMemberDetails | undefined;
}

type Asking = Pick<Call, 'app' | 'member' | 'id'>;

/** The channel that a path names, whoever may see its room. `named`: parameter and the error of a channel that is not there. */
async function findNamed(
  knex: Knex,
  call: Asking,
  [parameter, missing]: readonly [string, ErrorCode],
): Promise<ChannelCall> {
  const member = askingMember(call);
  const channel = await findChannel(knex, call.app.id, call.id(parameter, missing));
  if (!channel) throw new CodedError(missing);
  return { member, channel, own: await findChannelMember(knex, channel.id, { memberId: member.id }) };
}

export const BY_ROOM = ['videoRoomId', 'VIDEO_ROOM_NOT_FOUND'] as const;
export const BY_CHANNEL = ['channelId', 'CHANNEL_NOT_FOUND'] as const;

/** For leaving, which is open to everybody who is in. Errors: the one of `named`. */
export const anyChannel = findNamed;

/** Errors: the one of `named`; VIDEO_ROOM_ACCESS_DENIED. */
export async function openChannel(
  knex: Knex,
  call: Asking,
  named: typeof BY_ROOM | typeof BY_CHANNEL = BY_ROOM,
): Promise<ChannelCall> {
  const found = await findNamed(knex, call, named);
  const { id, owner_id: member_id } = found.channel;
  if (!(await mayWatchRoom(knex, call.app, found.member, { id, member_id })))
    throw new CodedError('VIDEO_ROOM_ACCESS_DENIED');
  return found;
}

export const isOwner = ({ member, channel }: ChannelCall): boolean => member.id === channel.owner_id;

/** What is said in a channel is for those who are in, and its owner. Errors: CHANNEL_MEMBER_BANNED, CHANNEL_NOT_JOINED. */
export function requireIn(call: ChannelCall): void {
  if (call.own?.state === 'BANNED') throw new CodedError('CHANNEL_MEMBER_BANNED');
  if (call.own?.state !== 'ONLINE' && !isOwner(call)) throw new CodedError('CHANNEL_NOT_JOINED');
}

export const isOperator = (call: ChannelCall): boolean =>
  isOwner(call) || (call.own?.state === 'ONLINE' && call.own.type === 'OPERATOR');

/** Errors: CHANNEL_OPERATOR_REQUIRED. */
export function requireOperator(call: ChannelCall): void {
  if (!isOperator(call)) throw new CodedError('CHANNEL_OPERATOR_REQUIRED');
}

/** Errors: CHANNEL_STATE_CLOSED. */
export function requireNotClosed({ channel }: Pick<ChannelCall, 'channel'>): void {
  if (channelStateOf(channel.room_state) === 'CLOSED') throw new CodedError('CHANNEL_STATE_CLOSED');
}

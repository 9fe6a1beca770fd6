import type { Knex } from 'knex';
import type { ChannelMemberState, ChannelMemberType } from '../domain/channel';
import { CodedError } from '../domain/errors';
import { lockChannel, type ChannelDetails } from './channels';
import type { ChannelPayload } from './member-events';

export interface ChannelMemberRow {
  id: number;
  channel_id: number;
  member_id: number;
  type: ChannelMemberType;
  state: ChannelMemberState;
  custom_type: string | null;
  custom_data: Record<string, string> | null;
  joined_at: Date;
  rejoined_at: Date | null;
  last_seen_at: Date | null;
  banned_at: Date | null;
  unbanned_at: Date | null;
  left_at: Date | null;
  auto_leaved: boolean;
}

/** With the member as others see it. */
export interface ChannelMemberDetails extends ChannelMemberRow {
  app_user_id: string;
  app_user_name: string | null;
  app_user_profile_img_url: string | null;
  app_user_email: string | null;
  app_user_custom_data: Record<string, string> | null;
}

export const membersOf = (knex: Knex, channelId: number) =>
  knex('channel_members as c').join('members as m', 'm.id', 'c.member_id').where('c.channel_id', channelId);

export const DETAILS = [
  'c.*',
  'm.app_user_id',
  'm.app_user_name',
  'm.app_user_profile_img_url',
  'm.email as app_user_email',
  'm.custom_data as app_user_custom_data',
];

export function findChannelMember(
  knex: Knex,
  channelId: number,
  who: { memberId: number } | { appUserId: string },
): Promise<ChannelMemberDetails | undefined> {
  const members = membersOf(knex, channelId);
  if ('memberId' in who) members.andWhere('c.member_id', who.memberId);
  else members.andWhere('m.app_user_id', who.appUserId);
  return members.first<ChannelMemberDetails | undefined>(DETAILS);
}

/** One page of who is or was in the channel, in the order of their first joining, and how many there are in all. */
export async function listChannelMembers(
  knex: Knex,
  channelId: number,
  page: { offset: number; limit: number; onlineOnly?: boolean },
): Promise<{ members: ChannelMemberDetails[]; total: number }> {
  const filtered = () => {
    const members = membersOf(knex, channelId);
    return page.onlineOnly ? members.andWhere('c.state', 'ONLINE') : members;
  };
  const counted = await filtered().count('* as total').first<{ total: number }>();
  const members = await filtered()
    .orderBy('c.id')
    .limit(page.limit)
    .offset(page.offset)
    .select<ChannelMemberDetails[]>(DETAILS);
  return { members, total: counted.total };
}

/** A channel, as far as telling something on it goes. */
type ToldChannel = Pick<ChannelDetails, 'id' | 'app_id'>;
type SystemPayload = Omit<ChannelPayload, 'origin' | 'type' | 'deliveryType' | 'channelId' | 'message'>;

/** What the system itself tells, as it is kept. */
export function systemPayload(channel: ToldChannel, payload: SystemPayload): string {
  const whole: ChannelPayload = {
    origin: 'SYSTEM',
    type: 'MESSAGE',
    deliveryType: 'BROADCAST',
    channelId: channel.id,
    message: null,
    ...payload,
  };
  return JSON.stringify(whole);
}

async function tell(trx: Knex.Transaction, channel: ToldChannel, payload: SystemPayload): Promise<number> {
  const [row] = await trx('member_events')
    .insert({ app_id: channel.app_id, channel_id: channel.id, payload: systemPayload(channel, payload) })
    .returning<{ id: number }[]>('id');
  if (!row) throw new Error('the insert of a member event returned no row');
  return row.id;
}

export const channelMemberFacts = (member: ChannelMemberDetails) => ({
  channelMemberType: member.type,
  appUserId: member.app_user_id,
  appUserName: member.app_user_name,
  appUserProfileImgUrl: member.app_user_profile_img_url,
  customType: member.custom_type,
  customData: member.custom_data,
});

/** Counts who came or went, and tells the count. Under the channel's lock. */
export async function countOnline(
  trx: Knex.Transaction,
  channel: ToldChannel,
  change: number,
): Promise<void> {
  const [counted] = await trx('channels')
    .where({ id: channel.id })
    .update({
      online_members: trx.raw('online_members + ?', [change]),
      last_modified_at: trx.fn.now(3),
    })
    .returning<{ online_members: number }[]>('online_members');
  await tell(trx, channel, {
    customType: 'CHANNEL_STAT_UPDATED',
    customData: { currentOnlineMemberCount: counted?.online_members ?? 0 },
    channelMember: null,
  });
}

/** Comes again or for the first time. The owner is an operator, and stays one. */
async function writeJoin(
  trx: Knex.Transaction,
  channel: ChannelDetails,
  memberId: number,
  own: { customType: string | null; customData: Record<string, string> | null },
): Promise<void> {
  const type: ChannelMemberType = memberId === channel.owner_id ? 'OPERATOR' : 'MEMBER';
  const columns = {
    state: 'ONLINE',
    custom_type: own.customType,
    custom_data: own.customData === null ? null : JSON.stringify(own.customData),
    last_seen_at: trx.fn.now(3),
  };
  await trx('channel_members')
    .insert({ channel_id: channel.id, member_id: memberId, type, joined_at: trx.fn.now(3), ...columns })
    .onConflict(['channel_id', 'member_id'])
    .merge({ ...columns, rejoined_at: trx.fn.now(3), left_at: null, auto_leaved: false });
}

/**
 * Lets a member in: from the position of its JOINED on it is told what happens in the channel. Whoever is in already stays as
 * it is. Errors: CHANNEL_MEMBER_BANNED.
 */
export function joinChannel(
  knex: Knex,
  channel: ChannelDetails,
  memberId: number,
  own: { customType: string | null; customData: Record<string, string> | null },
): Promise<void> {
  return knex.transaction(async (trx) => {
    await lockChannel(trx, channel.id);
    const before = await findChannelMember(trx, channel.id, { memberId });
    if (before?.state === 'BANNED') throw new CodedError('CHANNEL_MEMBER_BANNED');
    if (before?.state === 'ONLINE') return;
    await writeJoin(trx, channel, memberId, own);
    const member = await findChannelMember(trx, channel.id, { memberId });
    if (!member) throw new Error('a member that joined is not in its channel');
    const joined = await tell(trx, channel, {
      customType: 'JOINED',
      customData: null,
      channelMember: channelMemberFacts(member),
      presence: { memberId, change: 'joined' },
    });
    await trx('channel_presences').insert({
      channel_id: channel.id,
      member_id: memberId,
      joined_event_id: joined,
    });
    await countOnline(trx, channel, 1);
  });
}

/** Ends the presence of a member that is in: its LEAVED is the last that it is told. Under the channel's lock. */
async function endPresence(
  trx: Knex.Transaction,
  channel: ChannelDetails,
  member: ChannelMemberDetails,
): Promise<void> {
  const left = await tell(trx, channel, {
    customType: 'LEAVED',
    customData: null,
    channelMember: channelMemberFacts(member),
    presence: { memberId: member.member_id, change: 'left' },
  });
  await trx('channel_presences')
    .where({ channel_id: channel.id, member_id: member.member_id, left_event_id: null })
    .update({ left_event_id: left });
  await countOnline(trx, channel, -1);
}

/** Safe twice; who is not in stays out. `auto`: it did not go by itself. */
export function leaveChannel(
  knex: Knex,
  channel: ChannelDetails,
  memberId: number,
  { auto }: { auto: boolean },
): Promise<void> {
  return knex.transaction(async (trx) => {
    await lockChannel(trx, channel.id);
    const member = await findChannelMember(trx, channel.id, { memberId });
    if (member?.state !== 'ONLINE') return;
    await trx('channel_members')
      .where({ id: member.id })
      .update({ state: 'LEAVED', left_at: trx.fn.now(3), last_seen_at: trx.fn.now(3), auto_leaved: auto });
    await endPresence(trx, channel, member);
  });
}

async function lockedMember(
  trx: Knex.Transaction,
  channel: ChannelDetails,
  appUserId: string,
): Promise<ChannelMemberDetails> {
  await lockChannel(trx, channel.id);
  const member = await findChannelMember(trx, channel.id, { appUserId });
  if (!member) throw new CodedError('CHANNEL_MEMBER_NOT_FOUND');
  if (member.member_id === channel.owner_id) throw new CodedError('CHANNEL_OWNER_NOT_CHANGEABLE');
  return member;
}

/** Errors: CHANNEL_MEMBER_NOT_FOUND, CHANNEL_OWNER_NOT_CHANGEABLE. */
export function setMemberType(
  knex: Knex,
  channel: ChannelDetails,
  appUserId: string,
  type: ChannelMemberType,
): Promise<void> {
  return knex.transaction(async (trx) => {
    const member = await lockedMember(trx, channel, appUserId);
    await trx('channel_members').where({ id: member.id }).update({ type });
  });
}

/** Out, and not in again until it is allowed. Errors: CHANNEL_MEMBER_NOT_FOUND, CHANNEL_OWNER_NOT_CHANGEABLE. */
export function banMember(knex: Knex, channel: ChannelDetails, appUserId: string): Promise<void> {
  return knex.transaction(async (trx) => {
    const member = await lockedMember(trx, channel, appUserId);
    if (member.state === 'BANNED') return;
    await trx('channel_members')
      .where({ id: member.id })
      .update({ state: 'BANNED', type: 'MEMBER', banned_at: trx.fn.now(3), unbanned_at: null });
    if (member.state === 'ONLINE') await endPresence(trx, channel, member);
  });
}

/** May join again; is not in yet. Errors: as `banMember`. */
export function unbanMember(knex: Knex, channel: ChannelDetails, appUserId: string): Promise<void> {
  return knex.transaction(async (trx) => {
    const member = await lockedMember(trx, channel, appUserId);
    if (member.state !== 'BANNED') return;
    await trx('channel_members')
      .where({ id: member.id })
      .update({ state: 'LEAVED', unbanned_at: trx.fn.now(3) });
  });
}

import type { Knex } from 'knex';
import {
  channelMemberFacts,
  countOnline,
  DETAILS,
  membersOf,
  systemPayload,
  type ChannelMemberDetails,
} from './channel-members';
import { lockChannel, type ChannelDetails } from './channels';

type Channel = Pick<ChannelDetails, 'id' | 'app_id'>;

/** Those of the members who were in. */
async function markLeft(
  trx: Knex.Transaction,
  channel: Channel,
  memberIds: readonly number[],
): Promise<ChannelMemberDetails[]> {
  const now = trx.fn.now(3);
  const rows = await trx('channel_members')
    .where({ channel_id: channel.id, state: 'ONLINE' })
    .whereRaw('member_id = any(?)', [[...memberIds]])
    .update({ state: 'LEAVED', left_at: now, last_seen_at: now, auto_leaved: true })
    .returning<{ id: number }[]>('id');
  const ids = rows.map(({ id }) => id);
  return membersOf(trx, channel.id)
    .whereIn('c.id', ids)
    .orderBy('c.id')
    .select<ChannelMemberDetails[]>(DETAILS);
}

const leftOf = (member: ChannelMemberDetails) => ({
  customType: 'LEAVED',
  customData: null,
  channelMember: channelMemberFacts(member),
});

/** Each is told its own LEAVED alone, which ends its presence; none hears of the others, however many go at once. */
async function endPresences(
  trx: Knex.Transaction,
  channel: Channel,
  members: readonly ChannelMemberDetails[],
): Promise<void> {
  const told = await trx('member_events')
    .insert(
      members.map((member) => ({
        app_id: channel.app_id,
        member_id: member.member_id,
        payload: systemPayload(channel, {
          ...leftOf(member),
          presence: { memberId: member.member_id, change: 'left' },
        }),
      })),
    )
    .returning<{ id: number; member_id: number }[]>(['id', 'member_id']);
  await trx.raw(
    `update channel_presences p set left_event_id = told.id
     from unnest(?::bigint[], ?::bigint[]) as told (id, member_id)
     where p.channel_id = ? and p.member_id = told.member_id and p.left_event_id is null`,
    [told.map(({ id }) => id), told.map(({ member_id }) => member_id), channel.id],
  );
}

/**
 * Takes members out of a channel who may not be in it any longer, and tells them and those who stay. Safe twice; who is not in
 * stays out.
 */
export function takeOutOfChannel(knex: Knex, channel: Channel, memberIds: readonly number[]): Promise<void> {
  return knex.transaction(async (trx) => {
    await lockChannel(trx, channel.id);
    const members = await markLeft(trx, channel, memberIds);
    if (members.length === 0) return;
    await endPresences(trx, channel, members);
    await trx('member_events').insert(
      members.map((member) => ({
        app_id: channel.app_id,
        channel_id: channel.id,
        payload: systemPayload(channel, leftOf(member)),
      })),
    );
    await countOnline(trx, channel, -members.length);
  });
}

import type { Knex } from 'knex';
import type { DeliveryType, MessageOrigin, MessageType } from '../domain/channel';
import { channelMemberFacts, findChannelMember, type ChannelMemberDetails } from './channel-members';
import { lockChannel, type ChannelDetails } from './channels';
import type { ChannelMemberFacts, ChannelPayload } from './member-events';

/** A message that is kept, as members and the app read it. */
export interface ChannelMessage {
  id: number;
  messageId: string;
  channelId: number;
  origin: MessageOrigin;
  type: MessageType;
  deliveryType: DeliveryType;
  customType: string | null;
  customData: Record<string, unknown> | null;
  message: string | null;
  sentAt: Date;
  isHidden: boolean;
  /** In the words of first-generation chat; null where it came another way. */
  chatType: string | null;
  /** Members that it is for; null: all. */
  recipients: number[] | null;
  channelMember: ChannelMemberFacts | null;
}

export interface NewMessage {
  origin: MessageOrigin;
  type: MessageType;
  /** Who writes; null: the app. */
  memberId: number | null;
  customType: string | null;
  customData: Record<string, unknown> | null;
  message: string | null;
  /** Members that it is for; null: all who are in. */
  recipients: number[] | null;
  /** False: told now, and kept nowhere else. */
  keep: boolean;
  chatType?: string;
}

/** `id` null: it was not kept. */
export interface SentMessage {
  id: number | null;
  messageId: string;
}

interface Row {
  id: number;
  message_id: string;
  channel_id: number;
  origin: MessageOrigin;
  type: MessageType;
  delivery_type: DeliveryType;
  custom_type: string | null;
  custom_data: Record<string, unknown> | null;
  message: string | null;
  hidden_at: Date | null;
  chat_type: string | null;
  recipients: (string | number)[] | null;
  created_at: Date;
  member_id: number | null;
  member_type: ChannelMemberDetails['type'] | null;
  member_custom_type: string | null;
  member_custom_data: Record<string, string> | null;
  app_user_id: string;
  app_user_name: string | null;
  app_user_profile_img_url: string | null;
}

const writerOf = (row: Row): ChannelMemberFacts | null =>
  row.member_id === null
    ? null
    : {
        channelMemberType: row.member_type ?? 'MEMBER',
        appUserId: row.app_user_id,
        appUserName: row.app_user_name,
        appUserProfileImgUrl: row.app_user_profile_img_url,
        customType: row.member_custom_type,
        customData: row.member_custom_data,
      };

const messageOf = (row: Row): ChannelMessage => ({
  id: row.id,
  messageId: row.message_id,
  channelId: row.channel_id,
  origin: row.origin,
  type: row.type,
  deliveryType: row.delivery_type,
  customType: row.custom_type,
  customData: row.custom_data,
  message: row.message,
  sentAt: row.created_at,
  isHidden: row.hidden_at !== null,
  chatType: row.chat_type,
  // Of arrays the driver makes no numbers.
  recipients: row.recipients?.map(Number) ?? null,
  channelMember: writerOf(row),
});

const COLUMNS = [
  's.*',
  'c.type as member_type',
  'c.custom_type as member_custom_type',
  'c.custom_data as member_custom_data',
  'm.app_user_id',
  'm.app_user_name',
  'm.app_user_profile_img_url',
];

const messagesOf = (knex: Knex, channelId: number) =>
  knex('channel_messages as s')
    .leftJoin('members as m', 'm.id', 's.member_id')
    .leftJoin('channel_members as c', (join) =>
      join.on('c.member_id', 's.member_id').andOn('c.channel_id', 's.channel_id'),
    )
    .where('s.channel_id', channelId)
    .whereNull('s.deleted_at');

/** What a member may read: not hidden, and not for others only. */
const readableBy = (knex: Knex, channelId: number, memberId: number) =>
  messagesOf(knex, channelId)
    .whereNull('s.hidden_at')
    .andWhere((mine) => mine.whereNull('s.recipients').orWhereRaw('? = any(s.recipients)', [memberId]));

/** One that `reader` may read. */
export async function findMessage(
  knex: Knex,
  channelId: number,
  messageId: string,
  reader: number,
): Promise<ChannelMessage | undefined> {
  const row = await readableBy(knex, channelId, reader)
    .andWhere('s.message_id', messageId)
    .first<Row | undefined>(COLUMNS);
  return row && messageOf(row);
}

/** By its number, for the app: hidden ones too. */
export async function findMessageByNumber(
  knex: Knex,
  channelId: number,
  id: number,
): Promise<ChannelMessage | undefined> {
  const row = await messagesOf(knex, channelId).andWhere('s.id', id).first<Row | undefined>(COLUMNS);
  return row && messageOf(row);
}

export interface MessageRange {
  /** From here on, without it; null: from the newest (BEFORE) or from the oldest (AFTER). */
  from: ChannelMessage | null;
  direction: 'BEFORE' | 'AFTER';
  limit: number;
}

/** The messages next to one, nearest first, and how many there are on that side in all. */
export async function listMessages(
  knex: Knex,
  channelId: number,
  reader: number,
  { from, direction, limit }: MessageRange,
): Promise<{ messages: ChannelMessage[]; total: number }> {
  const filtered = () => {
    const messages = readableBy(knex, channelId, reader);
    return from ? messages.andWhere('s.id', direction === 'BEFORE' ? '<' : '>', from.id) : messages;
  };
  const counted = await filtered().count('* as total').first<{ total: number }>();
  const rows = await filtered()
    .orderBy('s.id', direction === 'BEFORE' ? 'desc' : 'asc')
    .limit(limit)
    .select<Row[]>(COLUMNS);
  return { messages: rows.map(messageOf), total: counted.total };
}

export async function countMessages(knex: Knex, channelId: number): Promise<number> {
  const counted = await messagesOf(knex, channelId).count('* as total').first<{ total: number }>();
  return counted.total;
}

const json = (value: object | null) => (value === null ? null : JSON.stringify(value));

async function keep(trx: Knex.Transaction, channelId: number, message: NewMessage): Promise<SentMessage> {
  const [row] = await trx('channel_messages')
    .insert({
      channel_id: channelId,
      member_id: message.memberId,
      origin: message.origin,
      type: message.type,
      delivery_type: message.recipients ? 'UNICAST' : 'BROADCAST',
      custom_type: message.customType,
      custom_data: json(message.customData),
      message: message.message,
      recipients: message.recipients,
      chat_type: message.chatType ?? null,
    })
    .returning<{ id: number; message_id: string }[]>(['id', 'message_id']);
  if (!row) throw new Error('the insert of a message returned no row');
  return { id: row.id, messageId: row.message_id };
}

async function payloadOf(
  trx: Knex.Transaction,
  channel: ChannelDetails,
  message: NewMessage,
): Promise<ChannelPayload> {
  const writer =
    message.memberId === null
      ? undefined
      : await findChannelMember(trx, channel.id, { memberId: message.memberId });
  return {
    origin: message.origin,
    type: message.type,
    deliveryType: message.recipients ? 'UNICAST' : 'BROADCAST',
    channelId: channel.id,
    customType: message.customType,
    customData: message.customData,
    channelMember: writer ? channelMemberFacts(writer) : null,
    message: message.message,
  };
}

/** Sends to all who are in the channel, or to its recipients. */
export function sendMessage(knex: Knex, channel: ChannelDetails, message: NewMessage): Promise<SentMessage> {
  return knex.transaction(async (trx) => {
    await lockChannel(trx, channel.id);
    const payload = JSON.stringify(await payloadOf(trx, channel, message));
    const kept = message.keep ? await keep(trx, channel.id, message) : null;
    const common = { app_id: channel.app_id, payload, ...(kept && { message_id: kept.messageId }) };
    const rows = message.recipients
      ? message.recipients.map((memberId) => ({ ...common, member_id: memberId }))
      : [{ ...common, channel_id: channel.id }];
    const [told] = await trx('member_events').insert(rows).returning<{ message_id: string }[]>('message_id');
    if (!told) throw new Error('the insert of a member event returned no row');
    return kept ?? { id: null, messageId: told.message_id };
  });
}

/** What was taken back is not told to whoever resumes later either: the row stays, since its number was promised. */
const forgetWords = (trx: Knex.Transaction, channelId: number, messageId: string) =>
  trx('member_events')
    .where({ message_id: messageId })
    .whereRaw("(payload->>'channelId')::bigint = ?", [channelId])
    .update({ payload: trx.raw(`payload || '{"message": null, "customData": null}'::jsonb`) });

async function change(
  knex: Knex,
  { channelId, id, forget }: { channelId: number; id: number; forget: boolean },
  columns: Record<string, Knex.Raw | null>,
): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const [changed] = await trx('channel_messages')
      .where({ channel_id: channelId, id, deleted_at: null })
      .update(columns)
      .returning<{ message_id: string }[]>('message_id');
    if (changed && forget) await forgetWords(trx, channelId, changed.message_id);
    return changed !== undefined;
  });
}

/** Deletes a message by its number. False: there is none. */
export const deleteMessage = (knex: Knex, channelId: number, id: number): Promise<boolean> =>
  change(
    knex,
    { channelId, id, forget: true },
    { deleted_at: knex.fn.now(3), message: null, custom_data: null },
  );

/** Hides a message from members, or shows it again (the stream does not repeat it). False: there is none. */
export const hideMessage = (knex: Knex, channelId: number, id: number, hidden: boolean): Promise<boolean> =>
  change(knex, { channelId, id, forget: hidden }, { hidden_at: hidden ? knex.fn.now(3) : null });

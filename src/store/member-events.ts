import type { Knex } from 'knex';
import type { ChannelMemberType, DeliveryType, MessageOrigin, MessageType } from '../domain/channel';
import type { OutputMode } from '../domain/output-mode';
import type { EventRow } from './events';
import { inBatches } from './purge';

/** Told on commit of each new row; carries nothing. */
export const MEMBER_EVENTS_CHANNEL = 'showrunner_member_events';

/** The member that a channel event is about, as members see each other. */
export interface ChannelMemberFacts {
  channelMemberType: ChannelMemberType;
  appUserId: string;
  appUserName: string | null;
  appUserProfileImgUrl: string | null;
  customType: string | null;
  customData: Record<string, string> | null;
}

/** What happened on a channel, as it is kept. */
export interface ChannelPayload {
  origin: MessageOrigin;
  type: MessageType;
  deliveryType: DeliveryType;
  channelId: number;
  /** A SYSTEM_EVENT where the origin is SYSTEM. */
  customType: string | null;
  customData: Record<string, unknown> | null;
  channelMember: ChannelMemberFacts | null;
  message: string | null;
  /** This row is where the member's presence in the channel begins or ends. */
  presence?: { memberId: number; change: 'joined' | 'left' };
}

/** A transition with what its message shows of its key or room. */
export interface TransitionFacts {
  entity: EventRow['entity'];
  entityId: number;
  type: string;
  toState: string;
  sessionId: string | null;
  data: Record<string, unknown>;
  at: Date;
  playbackName: string | null;
  roomFormat: OutputMode | null;
  keySessionId: string | null;
  keySessionMode: OutputMode | null;
}

/** One row of what members are told: to one member, or to all who are in a channel at this position. */
export interface MemberEvent {
  position: number;
  appId: number;
  memberId: number | null;
  channelId: number | null;
  messageId: string;
  createdAt: Date;
  payload: ChannelPayload | null;
  transition: TransitionFacts | null;
}

interface Row {
  position: number;
  app_id: number;
  member_id: number | null;
  channel_id: number | null;
  message_id: string;
  created_at: Date;
  payload: ChannelPayload | null;
  event_id: number | null;
  entity: EventRow['entity'];
  entity_id: number;
  type: string;
  to_state: string;
  session_id: string | null;
  data: Record<string, unknown>;
  at: Date;
  playback_name: string | null;
  room_format: OutputMode | null;
  key_session_id: string | null;
  key_session_mode: OutputMode | null;
}

const transitionOf = (row: Row): TransitionFacts | null =>
  row.event_id === null
    ? null
    : {
        entity: row.entity,
        entityId: row.entity_id,
        type: row.type,
        toState: row.to_state,
        sessionId: row.session_id,
        data: row.data,
        at: row.at,
        playbackName: row.playback_name,
        roomFormat: row.room_format,
        keySessionId: row.key_session_id,
        keySessionMode: row.key_session_mode,
      };

const memberEventOf = (row: Row): MemberEvent => ({
  position: row.position,
  appId: row.app_id,
  memberId: row.member_id,
  channelId: row.channel_id,
  messageId: row.message_id,
  createdAt: row.created_at,
  payload: row.payload,
  transition: transitionOf(row),
});

const rowsAfter = (knex: Knex, after: number, limit: number) =>
  knex('member_events as m')
    .leftJoin('events as e', 'e.id', 'm.event_id')
    .leftJoin('video_rooms as r', (join) => join.on('r.id', 'e.entity_id').andOnVal('e.entity', 'videoRoom'))
    .leftJoin('stream_keys as k', (join) => join.on('k.id', 'e.entity_id').andOnVal('e.entity', 'streamKey'))
    .where('m.position', '>', after)
    .orderBy('m.position')
    .limit(limit)
    .select<Row[]>([
      'm.position',
      'm.app_id',
      'm.member_id',
      'm.channel_id',
      'm.message_id',
      'm.created_at',
      'm.payload',
      'm.event_id',
      'e.entity',
      'e.entity_id',
      'e.type',
      'e.to_state',
      'e.session_id',
      'e.data',
      'e.at',
      'r.playback_name',
      'r.format as room_format',
      'k.session_id as key_session_id',
      'k.session_mode as key_session_mode',
    ]);

export interface MemberEventLog {
  /** The newest position; 0 before the first. */
  position: number;
  /** The newest position that was deleted for its age: who resumes before it has missed something. */
  forgotten: number;
}

/** Gives what was committed its positions; answers the newest one. See the migration for why rows have none before. */
export async function numberMemberEvents(knex: Knex): Promise<number> {
  const { rows } = await knex.raw<{ rows: { newest: number }[] }>(
    'select showrunner_number_member_events() as newest',
  );
  return rows[0]?.newest ?? 0;
}

export async function readMemberEventLog(knex: Knex): Promise<MemberEventLog> {
  const log = await knex('member_event_log').first<MemberEventLog | undefined>('position', 'forgotten');
  if (!log) throw new Error('the row of member_event_log is gone');
  return log;
}

/** All that was told after a position, in order. */
export async function listMemberEvents(knex: Knex, after: number, limit: number): Promise<MemberEvent[]> {
  return (await rowsAfter(knex, after, limit)).map(memberEventOf);
}

/**
 * Ids of what is addressed to one member: to itself, and to its channels while it was in them. Each part walks its own index and
 * stops at the limit, however long the log is. Bindings: member, after, upTo, limit, after, upTo, limit, member.
 */
const ADDRESSED_TO = `m.id in (
  (select id from member_events where member_id = ? and position > ? and position <= ? order by position limit ?)
  union all
  select heard.id from channel_presences p
    join lateral (
      select e.id from member_events e
      where e.channel_id = p.channel_id and e.position >= p.from_position and e.position > ?
        and e.position <= least(?, p.to_position)
      order by e.position limit ?
    ) heard on true
    where p.member_id = ?)`;

/** What is addressed to one member after a position, up to and with another, in order. */
export async function listEventsOfMember(
  knex: Knex,
  memberId: number,
  { after, upTo, limit }: { after: number; upTo: number; limit: number },
): Promise<MemberEvent[]> {
  const part = [after, upTo, limit];
  const rows = await rowsAfter(knex, after, limit).andWhereRaw(ADDRESSED_TO, [
    memberId,
    ...part,
    ...part,
    memberId,
  ]);
  return rows.map(memberEventOf);
}

/** The channels that a member is in right after a position. */
export async function listPresences(knex: Knex, memberId: number, position: number): Promise<number[]> {
  const rows = await knex('channel_presences')
    .where({ member_id: memberId })
    .andWhere('from_position', '<=', position)
    .andWhere((open) => open.whereNull('to_position').orWhere('to_position', '>', position))
    .select<{ channel_id: number }[]>('channel_id');
  return rows.map((row) => row.channel_id);
}

/**
 * Deletes what is older than `keepMs`, and remembers up to where, so that whoever resumes before that is told. Presences that
 * ended before are of no more use.
 */
export async function purgeMemberEvents(knex: Knex, keepMs: number): Promise<void> {
  const until = new Date(Date.now() - keepMs);
  const { forgotten } = await readMemberEventLog(knex);
  const old = await knex('member_events')
    .where('created_at', '<', until)
    .max<{ newest: number | null }[]>('position as newest');
  const newest = old[0]?.newest ?? null;
  if (newest === null || newest <= forgotten) return;
  // First it is said, then it is done: nobody resumes into a half-deleted past.
  await knex('member_event_log').update({ forgotten: newest });
  await inBatches((limit) => {
    const batch = knex('member_events').where('position', '<=', newest).limit(limit).select('id');
    return knex('member_events').whereIn('id', batch).delete();
  });
  await knex('channel_presences').where('to_position', '<=', newest).delete();
}

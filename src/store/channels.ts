import type { Knex } from 'knex';
import type { RoomState } from '../domain/video-room/machine';
import type { EntityState } from './apps';

/** A room's channel, with what it takes from its room. Its id is the room's. */
export interface ChannelDetails {
  id: number;
  app_id: number;
  online_members: number;
  chat_created_at: Date | null;
  chat_closed_at: Date | null;
  created_at: Date;
  last_modified_at: Date;
  app_name: string;
  app_entity_state: EntityState;
  room_uuid: string;
  room_state: RoomState;
  room_title: string;
  room_description: string | null;
  room_custom_type: string | null;
  room_custom_data: Record<string, string> | null;
  room_access_level: string;
  room_password_hash: string | null;
  room_live_started_at: Date | null;
  room_closed_at: Date | null;
  owner_id: number;
}

/** Undefined: no such room in this app, or a deleted one. */
export function findChannel(
  knex: Knex,
  appId: number,
  channelId: number,
): Promise<ChannelDetails | undefined> {
  return knex('channels as c')
    .join('video_rooms as r', 'r.id', 'c.id')
    .join('apps as a', 'a.id', 'c.app_id')
    .where({ 'c.id': channelId, 'c.app_id': appId, 'r.entity_state': 'ACTIVE' })
    .first<ChannelDetails | undefined>([
      'c.*',
      'a.name as app_name',
      'a.entity_state as app_entity_state',
      'r.uuid as room_uuid',
      'r.state as room_state',
      'r.title as room_title',
      'r.description as room_description',
      'r.custom_type as room_custom_type',
      'r.custom_data as room_custom_data',
      'r.access_level as room_access_level',
      'r.password_hash as room_password_hash',
      'r.live_started_at as room_live_started_at',
      'r.member_id as owner_id',
      knex.raw('coalesce(r.live_ended_at, r.cancelled_at) as room_closed_at'),
    ]);
}

/**
 * Comings, goings and messages of one channel happen one after the other: counts are exact, and message ids rise in the order in
 * which they can be read.
 */
export async function lockChannel(trx: Knex.Transaction, channelId: number): Promise<void> {
  await trx('channels').where({ id: channelId }).forNoKeyUpdate().first('id');
}

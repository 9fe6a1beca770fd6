import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { actorOf } from '../domain/actor';
import { roomEvent } from '../domain/events';
import type { OutputMode } from '../domain/output-mode';
import type { StreamKeyState } from '../domain/stream-key/machine';
import type { RoomState, VodState } from '../domain/video-room/machine';
import type { RoomType } from '../domain/video-room/types';
import type { PostRendition } from '../domain/video-profile';
import { countAllowedMembers } from './allowed-members';
import type { EntityState } from './apps';
import { randomBase62 } from './random-name';
import type { VideoPostState, VideoPostType } from './video-posts';

/** A user of the console, the app's backend, or a member. */
export type CreatorType = 'USER' | 'APP' | 'MEMBER';

export interface VideoRoomRow {
  id: number;
  uuid: string;
  app_id: number;
  member_id: number;
  /** Null where the type has none. */
  stream_key_id: number | null;
  /** The room's public name in play URLs. */
  playback_name: string;
  type: RoomType;
  title: string;
  description: string | null;
  access_level: string;
  custom_type: string | null;
  custom_data: Record<string, string> | null;
  /** Null only where the type needs none. */
  scheduled_at: Date | null;
  /** Of the password that members join its channel with (room-password.ts). */
  password_hash: string | null;
  manually_approval: boolean;
  can_auto_room_composite_recording: boolean;
  state: RoomState;
  vod_state: VodState;
  forcibly_terminated: boolean;
  /** The output mode of the session that is shown; null before the room was live. */
  format: OutputMode | null;
  /** Resolved at creation: the room's own, else the app's; null waits until somebody ends the room. */
  reconnect_window_seconds: number | null;
  video_post_id: number | null;
  /** The media node of its newest session. */
  node_id: string | null;
  live_started_at: Date | null;
  live_ended_at: Date | null;
  cancelled_at: Date | null;
  vod_archived_at: Date | null;
  /** Of a deleted room: when its files were gone. */
  files_deleted_at: Date | null;
  /** Who created it; `creator_id` null: the app itself. */
  creator_type: CreatorType;
  creator_id: number | null;
  run_id: string | null;
  transition_number: number;
  last_event_number: number;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

/** A room with its app, member, key and post: what the API shows. */
export interface VideoRoomDetails extends VideoRoomRow {
  app_name: string;
  app_entity_state: EntityState;
  member_entity_state: EntityState;
  member_app_user_id: string;
  member_app_user_name: string | null;
  member_profile_img_url: string | null;
  member_custom_type: string | null;
  key_entity_state: EntityState | null;
  key_state: StreamKeyState | null;
  post_id: number | null;
  post_name: string | null;
  post_entity_state: EntityState | null;
  post_state: VideoPostState | null;
  post_type: VideoPostType | null;
  post_title: string | null;
  post_renditions: PostRendition[] | null;
  chat_created_at: Date | null;
  chat_closed_at: Date | null;
  /** Members on its allow-list. */
  allowed_members: number;
}

export interface NewVideoRoom {
  appId: number;
  memberId: number;
  /** Null where the type has none. */
  streamKeyId: number | null;
  type: RoomType;
  title: string;
  description: string | null;
  accessLevel: string;
  customType: string | null;
  customData: Record<string, string> | null;
  scheduledAt: Date | null;
  reconnectWindowSeconds: number | null;
  passwordHash?: string | null;
  manuallyApproval?: boolean;
  canAutoRoomCompositeRecording?: boolean;
  /** The member who creates it; absent: the app. */
  creatorMemberId?: number;
}

/** The run that stands in a room's first event, written before its workflow exists. */
export const CREATED_BY_API_RUN_ID = 'created';

/** Writes the room and its SCHEDULED event in one transaction; answers the new id. Errors: MEMBER_NOT_FOUND. */
export function createScheduledRoom(knex: Knex, room: NewVideoRoom): Promise<number> {
  return knex.transaction(async (trx) => {
    // Held until the room is there: whoever deletes the member meanwhile sees it, and cancels it.
    const member = trx('members').where({ id: room.memberId, entity_state: 'ACTIVE' });
    if (!(await member.forShare().first('id'))) throw new CodedError('MEMBER_NOT_FOUND');
    const [row] = await trx('video_rooms')
      .insert({
        app_id: room.appId,
        member_id: room.memberId,
        stream_key_id: room.streamKeyId,
        playback_name: randomBase62(),
        type: room.type,
        title: room.title,
        description: room.description,
        access_level: room.accessLevel,
        custom_type: room.customType,
        custom_data: room.customData === null ? null : JSON.stringify(room.customData),
        scheduled_at: room.scheduledAt,
        reconnect_window_seconds: room.reconnectWindowSeconds,
        password_hash: room.passwordHash ?? null,
        manually_approval: room.manuallyApproval ?? false,
        can_auto_room_composite_recording: room.canAutoRoomCompositeRecording ?? false,
        creator_type: room.creatorMemberId === undefined ? 'APP' : 'MEMBER',
        creator_id: room.creatorMemberId ?? null,
        run_id: CREATED_BY_API_RUN_ID,
        last_event_number: 1,
      })
      .returning<{ id: number; created_at: Date }[]>(['id', 'created_at']);
    if (!row) throw new Error('the insert of a video room returned no row');
    await trx('events').insert({
      app_id: room.appId,
      entity: 'videoRoom',
      entity_id: row.id,
      seq: 1,
      run_id: CREATED_BY_API_RUN_ID,
      transition_number: 0,
      type: roomEvent('SCHEDULED'),
      to_state: 'SCHEDULED',
      actor: actorOf(room.creatorMemberId ?? null),
      at: row.created_at,
    });
    return row.id;
  });
}

/** Takes back a room whose workflow could not be started. A room that has moved meanwhile stays; then the answer is false. */
export function removeUnstartedRoom(knex: Knex, roomId: number): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const removed = await trx('video_rooms')
      .where({ id: roomId, state: 'SCHEDULED', transition_number: 0, run_id: CREATED_BY_API_RUN_ID })
      .delete();
    if (removed > 0) await trx('events').where({ entity: 'videoRoom', entity_id: roomId }).delete();
    return removed > 0;
  });
}

/** Its app, member, key, post and channel beside a room `r`. */
export const withDetails = (rooms: Knex.QueryBuilder): Knex.QueryBuilder =>
  rooms
    .join('apps as a', 'a.id', 'r.app_id')
    .join('members as m', 'm.id', 'r.member_id')
    .join('channels as c', 'c.id', 'r.id')
    .leftJoin('stream_keys as k', 'k.id', 'r.stream_key_id')
    .leftJoin('video_posts as p', (join) =>
      join.on('p.video_room_id', 'r.id').andOnVal('p.entity_state', 'ACTIVE'),
    );

/** The rooms of an app that are not deleted. */
export const roomsOfApp = (knex: Knex, appId: number): Knex.QueryBuilder =>
  knex('video_rooms as r').where({ 'r.app_id': appId, 'r.entity_state': 'ACTIVE' });

export const roomDetails = (knex: Knex) => [
  'r.*',
  'a.name as app_name',
  'a.entity_state as app_entity_state',
  'm.entity_state as member_entity_state',
  'm.app_user_id as member_app_user_id',
  'm.app_user_name as member_app_user_name',
  'm.app_user_profile_img_url as member_profile_img_url',
  'm.custom_type as member_custom_type',
  'k.entity_state as key_entity_state',
  'k.state as key_state',
  'p.id as post_id',
  'p.name as post_name',
  'p.entity_state as post_entity_state',
  'p.state as post_state',
  'p.type as post_type',
  'p.title as post_title',
  'p.renditions as post_renditions',
  'c.chat_created_at',
  'c.chat_closed_at',
  countAllowedMembers(knex, 'videoRoom', 'r.id'),
];

export async function findVideoRoom(
  knex: Knex,
  appId: number,
  id: number,
): Promise<VideoRoomDetails | undefined> {
  const rooms = withDetails(roomsOfApp(knex, appId).andWhere('r.id', id));
  return (await rooms.first(roomDetails(knex))) as VideoRoomDetails | undefined;
}

export async function findVideoRoomByUuid(
  knex: Knex,
  appId: number,
  uuid: string,
): Promise<VideoRoomDetails | undefined> {
  const rooms = withDetails(roomsOfApp(knex, appId).andWhere('r.uuid', uuid));
  return (await rooms.first(roomDetails(knex))) as VideoRoomDetails | undefined;
}

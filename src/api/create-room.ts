import { CodedError } from '../domain/errors';
import type { AppRow } from '../store/apps';
import { findMember } from '../store/members';
import { findStreamKeyOfMember } from '../store/stream-keys';
import {
  createScheduledRoom,
  findVideoRoom,
  removeUnstartedRoom,
  type NewVideoRoom,
  type VideoRoomDetails,
  type VideoRoomRow,
} from '../store/video-rooms';
import type { VideoRoomInput } from '../workflows/messages';
import type { ApiDeps } from './deps';
import type { newVideoRoomBody } from './schemas/video-room';
import type { z } from 'zod';

type NewRoomBody = z.output<typeof newVideoRoomBody>;

/** What the room's workflow starts from. */
export const roomInput = (room: VideoRoomRow): VideoRoomInput => ({
  appId: room.app_id,
  roomId: room.id,
  memberId: room.member_id,
  streamKeyId: room.stream_key_id,
  playbackName: room.playback_name,
  reconnectWindowSeconds: room.reconnect_window_seconds,
  transitionNumber: room.transition_number,
});

async function newRoom(deps: ApiDeps, app: AppRow, body: NewRoomBody): Promise<NewVideoRoom> {
  const member = await findMember(deps.knex, app.id, body.appUserId);
  if (!member) throw new CodedError('MEMBER_NOT_FOUND');
  const key = await findStreamKeyOfMember(deps.knex, app.id, member.id);
  if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
  return {
    appId: app.id,
    memberId: member.id,
    streamKeyId: key.id,
    type: body.type,
    title: body.title ?? '',
    description: body.description ?? null,
    accessLevel: body.accessLevel ?? 'PUBLIC',
    customType: body.customType ?? null,
    customData: body.customData ?? null,
    scheduledAt: body.scheduledAt,
    reconnectWindowSeconds: body.reconnectWindow ?? app.reconnect_window_seconds,
  };
}

/**
 * Creates a room: row and first event, then its workflow. Where the workflow can't be started the row is taken back, so that
 * no room exists that nobody runs.
 * Errors: MEMBER_NOT_FOUND, CONTROL_PLANE_UNAVAILABLE.
 */
export async function createRoom(deps: ApiDeps, app: AppRow, body: NewRoomBody): Promise<VideoRoomDetails> {
  const { knex, commands, log } = deps;
  const roomId = await createScheduledRoom(knex, await newRoom(deps, app, body));
  const room = await findVideoRoom(knex, app.id, roomId);
  if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
  try {
    await commands.createRoom(roomInput(room));
  } catch (error) {
    log.warn({ err: error, roomId }, 'could not start the workflow of a new room');
    // A room that moved meanwhile has a workflow after all, only its answer was lost.
    if (await removeUnstartedRoom(knex, roomId)) throw new CodedError('CONTROL_PLANE_UNAVAILABLE');
  }
  return room;
}

import { CodedError } from '../domain/errors';
import { RTMP_ROOM_TYPE } from '../domain/video-room/types';
import type { AppRow } from '../store/apps';
import type { MemberRow } from '../store/members';
import { hashRoomPassword } from '../store/room-password';
import {
  createScheduledRoom,
  removeUnstartedRoom,
  type NewVideoRoom,
  type VideoRoomDetails,
  type VideoRoomRow,
} from '../store/video-rooms';
import type { VideoRoomInput } from '../workflows/messages';
import type { ApiDeps } from './deps';
import { keyOfMember } from './key-of-member';
import { memberNamed } from './members-by-name';
import { roomOfApp } from './rooms-by-id';
import type { newVideoRoomBody } from './schemas/video-room';
import type { z } from 'zod';

type NewRoomBody = z.output<typeof newVideoRoomBody>;

/** What the room's workflow starts from. Throws VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP for one that has none. */
export function roomInput(room: VideoRoomRow): VideoRoomInput {
  if (room.stream_key_id === null) throw new CodedError('VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP');
  return {
    appId: room.app_id,
    roomId: room.id,
    memberId: room.member_id,
    streamKeyId: room.stream_key_id,
    playbackName: room.playback_name,
    reconnectWindowSeconds: room.reconnect_window_seconds,
    transitionNumber: room.transition_number,
  };
}

/** Only a room of type BROADCAST_RTMP has a key. */
async function streamKeyFor(
  deps: ApiDeps,
  member: MemberRow,
  type: NewRoomBody['type'],
): Promise<number | null> {
  if (type !== RTMP_ROOM_TYPE) return null;
  return (await keyOfMember(deps.knex, member.app_id, member.id)).id;
}

async function newRoom(
  deps: ApiDeps,
  app: AppRow,
  body: NewRoomBody,
  creatorMemberId?: number,
): Promise<NewVideoRoom> {
  const member = await memberNamed(deps.knex, app.id, body.appUserId);
  if (member.type === 'GUEST') throw new CodedError('MEMBER_IS_GUEST');
  return {
    appId: app.id,
    memberId: member.id,
    streamKeyId: await streamKeyFor(deps, member, body.type),
    type: body.type,
    title: body.title ?? '',
    description: body.description ?? null,
    accessLevel: body.accessLevel ?? 'PUBLIC',
    customType: body.customType ?? null,
    customData: body.customData ?? null,
    scheduledAt: body.scheduledAt ?? null,
    reconnectWindowSeconds: body.reconnectWindow ?? app.reconnect_window_seconds,
    passwordHash: body.password ? await hashRoomPassword(body.password) : null,
    manuallyApproval: body.manuallyApproval ?? false,
    canAutoRoomCompositeRecording: body.canAutoRoomCompositeRecording ?? false,
    creatorMemberId,
  };
}

/**
 * Creates a room: row and first event, then its workflow, which rooms of type BROADCAST_RTMP have. Where the workflow can't be
 * started the row is taken back, so that no room exists that nobody runs. `creatorMemberId`: the member who creates it; without
 * one it is the app.
 * Errors: MEMBER_NOT_FOUND, MEMBER_IS_GUEST, CONTROL_PLANE_UNAVAILABLE.
 */
export async function createRoom(
  deps: ApiDeps,
  app: AppRow,
  body: NewRoomBody,
  creatorMemberId?: number,
): Promise<VideoRoomDetails> {
  const { knex, commands, log } = deps;
  const roomId = await createScheduledRoom(knex, await newRoom(deps, app, body, creatorMemberId));
  const room = await roomOfApp(knex, app.id, roomId);
  if (room.type !== RTMP_ROOM_TYPE) return room;
  try {
    await commands.createRoom(roomInput(room));
  } catch (error) {
    log.warn({ err: error, roomId }, 'could not start the workflow of a new room');
    // A room that moved meanwhile has a workflow after all, only its answer was lost.
    if (await removeUnstartedRoom(knex, roomId)) throw new CodedError('CONTROL_PLANE_UNAVAILABLE');
  }
  return room;
}

import type { z } from 'zod';
import { CodedError } from '../domain/errors';
import { RTMP_ROOM_TYPE } from '../domain/video-room/types';
import type { AppRow } from '../store/apps';
import { hashRoomPassword } from '../store/room-password';
import {
  lockVideoRoom,
  writeVideoRoom,
  type LockedRoom,
  type VideoRoomChanges,
} from '../store/update-video-room';
import type { VideoRoomDetails } from '../store/video-rooms';
import type { ApiDeps } from './deps';
import { roomOfApp } from './rooms-by-id';
import type { videoRoomChanges } from './schemas/video-room';

type RoomChangesBody = z.output<typeof videoRoomChanges>;

/** For what has no "none": null says nothing. */
const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

async function passwordHashOf(password: string | null | undefined): Promise<string | null | undefined> {
  return password ? hashRoomPassword(password) : (password as null | undefined);
}

async function changesOf(app: AppRow, body: RoomChangesBody): Promise<VideoRoomChanges> {
  return {
    title: body.title === null ? '' : body.title,
    description: body.description,
    accessLevel: given(body.accessLevel),
    customType: body.customType,
    customData: body.customData,
    scheduledAt: body.scheduledAt,
    // As when it was made: a room without a window of its own has the app's.
    reconnectWindowSeconds:
      body.reconnectWindow === null ? app.reconnect_window_seconds : body.reconnectWindow,
    passwordHash: await passwordHashOf(body.password),
    manuallyApproval: given(body.manuallyApproval),
    canAutoRoomCompositeRecording: given(body.canAutoRoomCompositeRecording),
  };
}

function checkSchedule(room: LockedRoom, scheduledAt: Date | null): void {
  if (room.state !== 'SCHEDULED') throw new CodedError('VIDEO_ROOM_STATE_NOT_SCHEDULED');
  if (scheduledAt === null && room.type === RTMP_ROOM_TYPE)
    throw new CodedError('EMPTY_VIDEO_ROOM_SCHEDULED_AT');
}

/** Its workflow, if there is one, may have to know. */
const mayBeLive = ({ type, state }: LockedRoom): boolean =>
  type === RTMP_ROOM_TYPE && (state === 'SCHEDULED' || state === 'LIVE' || state === 'LIVE_INACTIVE');

/**
 * Changes a room; absent: unchanged, null: removed. A new reconnect window reaches the running broadcast too, and counts from
 * its last drop. The row is held meanwhile, so that workflow and row learn of several changes in one order; where the workflow
 * can't be told, nothing is changed.
 * Errors: VIDEO_ROOM_NOT_FOUND, VIDEO_ROOM_STATE_NOT_SCHEDULED and EMPTY_VIDEO_ROOM_SCHEDULED_AT for its time,
 * CONTROL_PLANE_UNAVAILABLE.
 */
export async function updateRoom(
  { knex, commands }: ApiDeps,
  app: AppRow,
  roomId: number,
  body: RoomChangesBody,
): Promise<VideoRoomDetails> {
  const changes = await changesOf(app, body);
  const { scheduledAt, reconnectWindowSeconds } = changes;
  await knex.transaction(async (trx) => {
    const room = await lockVideoRoom(trx, app.id, roomId);
    if (!room) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
    if (scheduledAt !== undefined) checkSchedule(room, scheduledAt);
    await writeVideoRoom(trx, roomId, changes);
    if (reconnectWindowSeconds !== undefined && mayBeLive(room))
      await commands.changeReconnectWindow(app.id, roomId, reconnectWindowSeconds);
  });
  return roomOfApp(knex, app.id, roomId);
}

import type { Actor } from '../domain/actor';
import { CodedError } from '../domain/errors';
import { RTMP_ROOM_TYPE } from '../domain/video-room/types';
import type { AppRow } from '../store/apps';
import { lockVideoRoom, markVideoRoomDeleted, type LockedRoom } from '../store/update-video-room';
import type { VideoRoomDetails } from '../store/video-rooms';
import { roomInput } from './create-room';
import type { ApiDeps } from './deps';
import { roomOfApp } from './rooms-by-id';

/** Ends the workflow of a room that is still to come. One that moved meanwhile is judged by what it is then. */
async function cancel(deps: ApiDeps, room: VideoRoomDetails, actor: Actor): Promise<void> {
  const target = { appId: room.app_id, roomId: room.id, state: room.state, input: roomInput(room) };
  try {
    await deps.commands.command(target, 'cancel', null, actor);
  } catch (error) {
    const hasMoved = error instanceof CodedError && error.code === 'VIDEO_ROOM_STATE_NOT_SCHEDULED';
    if (!hasMoved) throw error;
  }
}

/** Its recording is still being read, or is just about to be. */
const isArchiving = ({ state, vod_state: vodState, forcibly_terminated: forced }: LockedRoom): boolean =>
  state === 'ENDED' && !forced && (vodState === 'NOT_ARCHIVED' || vodState === 'ARCHIVING');

function refuse(room: LockedRoom): void {
  if (room.state === 'LIVE' || room.state === 'LIVE_INACTIVE') throw new CodedError('VIDEO_ROOM_IS_LIVE');
  if (isArchiving(room)) throw new CodedError('VIDEO_ROOM_IS_ARCHIVING');
  // Somebody made it anew between its end and this.
  if (room.state === 'SCHEDULED' && room.type === RTMP_ROOM_TYPE) throw new CodedError('REQUEST_LOCKED');
}

/**
 * Deletes a room; a scheduled broadcast is cancelled first. Its video post stays. Answers the room as it was, marked DELETED.
 * Its files go by a workflow; where that can't be started now, the reconciler does it.
 * Errors: VIDEO_ROOM_NOT_FOUND, VIDEO_ROOM_IS_LIVE, VIDEO_ROOM_IS_ARCHIVING, REQUEST_LOCKED, CONTROL_PLANE_UNAVAILABLE.
 */
export async function deleteRoom(
  deps: ApiDeps,
  app: AppRow,
  roomId: number,
  actor: Actor = 'app',
): Promise<VideoRoomDetails> {
  const found = await roomOfApp(deps.knex, app.id, roomId);
  const isToCome = found.type === RTMP_ROOM_TYPE && found.state === 'SCHEDULED';
  if (isToCome) await cancel(deps, found, actor);
  const room = isToCome ? await roomOfApp(deps.knex, app.id, roomId) : found;
  await deps.knex.transaction(async (trx) => {
    const locked = await lockVideoRoom(trx, app.id, roomId);
    if (!locked) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
    refuse(locked);
    await markVideoRoomDeleted(trx, roomId);
  });
  if (room.live_started_at !== null) await deleteFiles(deps, room);
  return { ...room, entity_state: 'DELETED' };
}

async function deleteFiles({ commands, log }: ApiDeps, room: VideoRoomDetails): Promise<void> {
  const { app_id: appId, id, playback_name: name } = room;
  try {
    await commands.deleteFiles({ kind: 'videoRoom', appId, id, name });
  } catch (error) {
    log.warn({ err: error, roomId: id }, 'the files of a deleted room are left to the reconciler');
  }
}

import type { Actor } from '../domain/actor';
import { CodedError } from '../domain/errors';
import { decideRoom } from '../domain/video-room/decide';
import { RTMP_ROOM_TYPE } from '../domain/video-room/types';
import type { VideoRoomDetails } from '../store/video-rooms';
import type { RoomCommandName } from './commands';
import { roomInput } from './create-room';
import type { ApiDeps } from './deps';
import { roomOfApp } from './rooms-by-id';

/** The commands that have an endpoint on the room. */
export type RoomEndpointCommand = Extract<RoomCommandName, 'goLive' | 'endBroadcast' | 'cancel'>;

/** No room leaves these states, so its row alone refuses: its workflow may be gone. */
const isOver = (room: VideoRoomDetails): boolean => room.state === 'ARCHIVED' || room.state === 'CANCELLED';

function refuseByState(room: VideoRoomDetails, name: RoomEndpointCommand): void {
  const decision = decideRoom(room.state, { type: name });
  if (decision.kind === 'refused') throw new CodedError(decision.code);
}

/**
 * Sends a room's command and reads the row back: it was written before the command answered. Errors: the room's refusals;
 * CONTROL_PLANE_UNAVAILABLE; COMMAND_DEADLINE_PASSED, where a repeat with the same key joins a command that waited too long for a
 * worker, or where clocks differ.
 */
export async function commandRoom(
  deps: ApiDeps,
  target: {
    appId: number;
    roomId: number;
    name: RoomEndpointCommand;
    idempotencyKey: string | null;
    /** Who gives it; absent: the app. */
    actor?: Actor;
  },
): Promise<VideoRoomDetails> {
  const { appId, roomId, name, idempotencyKey, actor = 'app' } = target;
  const room = await roomOfApp(deps.knex, appId, roomId);
  if (room.type !== RTMP_ROOM_TYPE) throw new CodedError('VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP');
  // With a key the command may be the very one that ended the room, asked again: then the workflow knows its answer.
  if (isOver(room) && idempotencyKey === null) refuseByState(room, name);
  await deps.commands.command(
    { appId, roomId, state: room.state, input: roomInput(room) },
    name,
    idempotencyKey,
    actor,
  );
  return roomOfApp(deps.knex, appId, roomId);
}

import type { Actor } from '../domain/actor';
import type { CommandedRoom, RoomCommandName } from '../temporal/room-commands';
import type { DeleteFilesInput, RoomView, StreamKeyIdentity, VideoRoomInput } from '../workflows/messages';

export type { CommandedRoom, RoomCommandName };

/**
 * What the API asks of the control plane. Every call rejects with a CodedError: the workflow's refusal, or
 * CONTROL_PLANE_UNAVAILABLE where it can't be reached. When a command resolves, the room's row is already written.
 */
export interface RoomCommands {
  createRoom(input: VideoRoomInput): Promise<void>;
  /** The same command with the same idempotency key acts once. Null: a forced end of a room that is over. */
  command(
    room: CommandedRoom,
    name: RoomCommandName,
    idempotencyKey: string | null,
    actor?: Actor,
  ): Promise<RoomView | null>;
  /** A key that nobody uses is left as it is, and that is a success. */
  /** Only of a key that is INACTIVE (STREAM_KEY_STATE_NOT_INACTIVE). The row has the new secret when it resolves. */
  reissueKey(key: StreamKeyIdentity, idempotencyKey: string | null): Promise<void>;
  forceTerminateKey(key: StreamKeyIdentity, idempotencyKey: string | null, actor?: Actor): Promise<void>;
  /** Tells a live room its new window in seconds; null waits until it is ended. One whose workflow is over hears nothing. */
  changeReconnectWindow(appId: number, roomId: number, seconds: number | null): Promise<void>;
  /** Starts the removal of the files of what was deleted. Safe to repeat; the reconciler does so for what was missed. */
  deleteFiles(input: DeleteFilesInput): Promise<void>;
  isReachable(): Promise<boolean>;
}

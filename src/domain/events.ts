import type { VideoPostEventType } from './callbacks';
import type { StreamKeyState } from './stream-key/machine';
import type { RoomState } from './video-room/machine';

/** Event types, named as FlipFlop's callbacks are: entity and the state it reached. */
export type EventType =
  | `STREAM_KEY_${StreamKeyState}`
  | `VIDEO_ROOM_${RoomState}`
  | 'VIDEO_ROOM_ARCHIVING'
  | 'VIDEO_ROOM_FAILED_ARCHIVING'
  | VideoPostEventType;

export const streamKeyEvent = (state: StreamKeyState): EventType => `STREAM_KEY_${state}`;
export const roomEvent = (state: RoomState): EventType => `VIDEO_ROOM_${state}`;

import type { VideoRoomInput } from '../workflows/messages';

/** What `workflowInputOf` takes of a room with a stream key. */
export interface RoomColumns {
  id: number;
  app_id: number;
  member_id: number;
  stream_key_id: number;
  playback_name: string;
  reconnect_window_seconds: number | null;
  transition_number: number;
}

/** What `workflowInputOf` reads of a room `r`. */
export const ROOM_COLUMNS = [
  'r.id',
  'r.app_id',
  'r.member_id',
  'r.stream_key_id',
  'r.playback_name',
  'r.reconnect_window_seconds',
  'r.transition_number',
];

/** What the workflow of a room with a stream key starts from. */
export const workflowInputOf = (row: RoomColumns): VideoRoomInput => ({
  appId: row.app_id,
  roomId: row.id,
  memberId: row.member_id,
  streamKeyId: row.stream_key_id,
  playbackName: row.playback_name,
  reconnectWindowSeconds: row.reconnect_window_seconds,
  transitionNumber: row.transition_number,
});

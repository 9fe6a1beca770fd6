import type { Knex } from 'knex';
import type { StreamKeyFacts } from '../workflows/messages';
import { roomWorkflowId } from '../domain/ids';
import type { StreamKeyRow } from './stream-keys';
import type { VideoRoomRow } from './video-rooms';

type Columns = Pick<
  StreamKeyRow,
  | 'app_id'
  | 'state'
  | 'key_version'
  | 'epoch'
  | 'transition_number'
  | 'session_id'
  | 'session_node_id'
  | 'session_mode'
  | 'video_room_id'
>;

/** A stream key's row as a run of its workflow goes on from it. */
export async function streamKeyFacts(knex: Knex, row: Columns): Promise<StreamKeyFacts> {
  const { session_id: sessionId, session_node_id: nodeId, session_mode: mode, epoch } = row;
  return {
    state: row.state,
    keyVersion: row.key_version,
    epoch,
    transitionNumber: row.transition_number,
    session: sessionId && nodeId && mode ? { sessionId, nodeId, epoch, mode } : null,
    room: row.video_room_id === null ? null : await heldRoom(knex, row.app_id, row.video_room_id),
  };
}

async function heldRoom(knex: Knex, appId: number, id: number): Promise<StreamKeyFacts['room']> {
  const room = await knex('video_rooms').where({ id }).first<VideoRoomRow | undefined>();
  if (!room) return null;
  return {
    roomId: id,
    roomWorkflowId: roomWorkflowId(appId, id),
    playbackName: room.playback_name,
    // A claim whose LIVE was never written has no time yet: the broadcast is opened now.
    goLiveAt: (room.live_started_at ?? new Date()).toISOString(),
    isOver: room.state === 'ENDED' || room.state === 'ARCHIVED' || room.state === 'CANCELLED',
  };
}

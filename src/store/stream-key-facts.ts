import type { Knex } from 'knex';
import { roomWorkflowId } from '../domain/ids';
import type { RoomOfKeyFacts, StreamKeyFacts } from '../workflows/messages';
import type { StreamKeyRow } from './stream-keys';
import type { VideoRoomRow } from './video-rooms';

type Columns = Pick<
  StreamKeyRow,
  | 'id'
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
  const claimed =
    row.state === 'ACTIVE' && sessionId ? await claimedRoom(knex, row.id, sessionId) : undefined;
  return {
    state: row.state,
    keyVersion: row.key_version,
    epoch,
    transitionNumber: row.transition_number,
    session: sessionId && nodeId && mode ? { sessionId, nodeId, epoch, mode } : null,
    room: row.video_room_id === null ? null : await heldRoom(knex, row.video_room_id),
    ...(claimed ? { claimed } : {}),
  };
}

async function heldRoom(knex: Knex, id: number): Promise<StreamKeyFacts['room']> {
  const room = await knex('video_rooms').where({ id }).first<VideoRoomRow | undefined>();
  return room ? roomFacts(room) : null;
}

/**
 * A claim is answered while the key's row is written: a room may be live by a session whose key is still ACTIVE in its row. By the
 * session it is told from a room of an earlier one, whose end is still being written.
 */
async function claimedRoom(
  knex: Knex,
  keyId: number,
  sessionId: string,
): Promise<RoomOfKeyFacts | undefined> {
  const wentLive = knex('events')
    .where({ entity: 'videoRoom', type: 'VIDEO_ROOM_LIVE', reason: 'go_live', session_id: sessionId })
    .whereRaw('entity_id = video_rooms.id');
  const room = await knex('video_rooms')
    .where({ stream_key_id: keyId })
    .whereIn('state', ['LIVE', 'LIVE_INACTIVE'])
    .whereExists(wentLive)
    .first<VideoRoomRow | undefined>();
  return room && roomFacts(room);
}

const roomFacts = (room: VideoRoomRow): RoomOfKeyFacts => ({
  roomId: room.id,
  roomWorkflowId: roomWorkflowId(room.app_id, room.id),
  playbackName: room.playback_name,
  // A claim whose LIVE was never written has no time yet: the broadcast is opened now.
  goLiveAt: (room.live_started_at ?? new Date()).toISOString(),
  isOver: room.state === 'ENDED' || room.state === 'ARCHIVED' || room.state === 'CANCELLED',
});

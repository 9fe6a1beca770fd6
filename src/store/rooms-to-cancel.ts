import type { Knex } from 'knex';
import type { VideoRoomInput } from '../workflows/messages';
import { ROOM_COLUMNS, workflowInputOf, type RoomColumns } from './workflow-inputs';

/** The scheduled broadcasts of members that are being deleted, in the transaction that deletes them. */
export async function markRoomsToCancel(trx: Knex.Transaction, memberIds: readonly number[]): Promise<void> {
  await trx('video_rooms')
    .where({ state: 'SCHEDULED', entity_state: 'ACTIVE' })
    .whereIn('member_id', [...memberIds])
    .whereNotNull('stream_key_id')
    .update({ is_to_be_cancelled: true });
}

/** Those that are still to be cancelled, at most `limit`; of these members alone where they are given. */
export async function roomsToCancel(
  knex: Knex,
  limit: number,
  memberIds?: readonly number[],
): Promise<VideoRoomInput[]> {
  const rooms = knex('video_rooms as r')
    .where({ 'r.is_to_be_cancelled': true, 'r.state': 'SCHEDULED', 'r.entity_state': 'ACTIVE' })
    .orderBy('r.id')
    .limit(limit);
  if (memberIds) rooms.whereIn('r.member_id', [...memberIds]);
  return (await rooms.select<RoomColumns[]>(ROOM_COLUMNS)).map(workflowInputOf);
}

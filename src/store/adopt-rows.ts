import type { Knex } from 'knex';
import type { MainActivities, VideoRoomFacts } from '../activities/types';
import type { StreamKeyFacts } from '../workflows/messages';
import { CodedError } from '../domain/errors';
import { whileDatabaseAnswers } from './database-errors';
import { streamKeyFacts } from './stream-key-facts';
import type { StreamKeyRow } from './stream-keys';
import type { VideoRoomRow } from './video-rooms';

type Adopting = Pick<MainActivities, 'adoptStreamKey' | 'adoptVideoRoom'>;

/**
 * Makes the activities by which a new run goes on from its row. The row is stamped with the run's id under its lock, so that what
 * an older run still writes is dropped (`createRecordTransition`). Safe to repeat: it answers what the row says now.
 */
export function createAdoptRows(knex: Knex): Adopting {
  return {
    adoptStreamKey: ({ streamKeyId, runId }) =>
      whileDatabaseAnswers(() => knex.transaction((trx) => adoptStreamKey(trx, streamKeyId, runId))),
    adoptVideoRoom: ({ roomId, runId }) =>
      whileDatabaseAnswers(() => knex.transaction((trx) => adoptVideoRoom(trx, roomId, runId))),
  };
}

async function adoptStreamKey(trx: Knex.Transaction, id: number, runId: string): Promise<StreamKeyFacts> {
  const [row] = await trx('stream_keys')
    .where({ id })
    .update({ run_id: runId })
    .returning<StreamKeyRow[]>('*');
  if (!row) throw new CodedError('STREAM_KEY_NOT_FOUND');
  return streamKeyFacts(trx, row);
}

async function adoptVideoRoom(trx: Knex.Transaction, id: number, runId: string): Promise<VideoRoomFacts> {
  const [row] = await trx('video_rooms')
    .where({ id })
    .update({ run_id: runId })
    .returning<VideoRoomRow[]>('*');
  if (!row) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
  const post = await trx('video_posts')
    .where({ video_room_id: id })
    .first<{ id: number; state: string } | undefined>('id', 'state');
  const archivings = await trx('events')
    .where({ entity: 'videoRoom', entity_id: id, type: 'VIDEO_ROOM_ARCHIVING' })
    .count<{ count: number }[]>('* as count');
  return {
    state: row.state,
    vodState: row.vod_state,
    forciblyTerminated: row.forcibly_terminated,
    transitionNumber: row.transition_number,
    videoPostId: post?.id ?? null,
    nodeId: row.node_id,
    isArchived: post?.state === 'PROCESSED',
    archiveAttempts: Number(archivings[0]?.count ?? 0),
    reconnectWindowSeconds: row.reconnect_window_seconds,
  };
}

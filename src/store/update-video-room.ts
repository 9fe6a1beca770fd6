import type { Knex } from 'knex';
import type { RoomState, VodState } from '../domain/video-room/machine';
import type { RoomType } from '../domain/video-room/types';

/** Absent: unchanged; null: removed. */
export interface VideoRoomChanges {
  title?: string;
  description?: string | null;
  accessLevel?: string;
  customType?: string | null;
  customData?: Record<string, string> | null;
  scheduledAt?: Date | null;
  reconnectWindowSeconds?: number | null;
  passwordHash?: string | null;
  manuallyApproval?: boolean;
  canAutoRoomCompositeRecording?: boolean;
}

const COLUMNS: Record<keyof VideoRoomChanges, string> = {
  title: 'title',
  description: 'description',
  accessLevel: 'access_level',
  customType: 'custom_type',
  customData: 'custom_data',
  scheduledAt: 'scheduled_at',
  reconnectWindowSeconds: 'reconnect_window_seconds',
  passwordHash: 'password_hash',
  manuallyApproval: 'manually_approval',
  canAutoRoomCompositeRecording: 'can_auto_room_composite_recording',
};

/** A room's row, held by the transaction. */
export interface LockedRoom {
  id: number;
  state: RoomState;
  vod_state: VodState;
  forcibly_terminated: boolean;
  type: RoomType;
}

/** Only what is not deleted can be held; undefined: there is no such room. */
export const lockVideoRoom = (trx: Knex.Transaction, appId: number, id: number) =>
  trx('video_rooms')
    .where({ app_id: appId, id, entity_state: 'ACTIVE' })
    .forNoKeyUpdate()
    .first<LockedRoom | undefined>('id', 'state', 'vod_state', 'forcibly_terminated', 'type');

export async function writeVideoRoom(
  trx: Knex.Transaction,
  id: number,
  changes: VideoRoomChanges,
): Promise<void> {
  const columns: Record<string, unknown> = {};
  for (const name of Object.keys(COLUMNS) as (keyof VideoRoomChanges)[]) {
    const value = changes[name];
    if (value === undefined) continue;
    columns[COLUMNS[name]] = name === 'customData' && value !== null ? JSON.stringify(value) : value;
  }
  if (Object.keys(columns).length === 0) return;
  await trx('video_rooms')
    .where({ id })
    .update({ ...columns, last_modified_at: trx.fn.now(3) });
}

/** A room that never was live has no files to wait for. */
export async function markVideoRoomDeleted(trx: Knex.Transaction, id: number): Promise<void> {
  await trx('video_rooms')
    .where({ id })
    .update({
      entity_state: 'DELETED',
      last_modified_at: trx.fn.now(3),
      files_deleted_at: trx.raw('case when live_started_at is null then now() end'),
    });
}

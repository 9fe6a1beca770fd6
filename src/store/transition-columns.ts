import type { StreamKeyPatch, TransitionRecord, VideoRoomPatch } from '../activities/types';

type Column = string | number | boolean | null;
/** `'now'` stands for the time of the transition's event. */
export type Columns = Record<string, Column | 'now'>;

const STREAM_KEY_COLUMNS: Record<keyof StreamKeyPatch, string> = {
  epoch: 'epoch',
  sessionId: 'session_id',
  sessionNodeId: 'session_node_id',
  sessionMode: 'session_mode',
  videoRoomId: 'video_room_id',
  forciblyTerminated: 'forcibly_terminated',
};

const VIDEO_ROOM_COLUMNS: Record<keyof VideoRoomPatch, string> = {
  vodState: 'vod_state',
  forciblyTerminated: 'forcibly_terminated',
  format: 'format',
  liveStartedAt: 'live_started_at',
  liveEndedAt: 'live_ended_at',
  cancelledAt: 'cancelled_at',
  vodArchivedAt: 'vod_archived_at',
  videoPostId: 'video_post_id',
  nodeId: 'node_id',
};

/** The columns that a transition sets on its row: state, run, number, and the patch. */
export function transitionColumns(record: TransitionRecord): Columns {
  const patch =
    record.entity === 'streamKey'
      ? patchColumns(record.patch, STREAM_KEY_COLUMNS)
      : patchColumns(record.patch, VIDEO_ROOM_COLUMNS);
  return { ...patch, state: record.to, run_id: record.runId, transition_number: record.transitionNumber };
}

/** Only columns named here are ever written, whatever else a message carries. Absent: unchanged; null: cleared. */
function patchColumns<Patch extends object>(patch: Patch, columns: Record<keyof Patch, string>): Columns {
  const result: Columns = {};
  for (const field of Object.keys(columns) as (keyof Patch)[]) {
    const value = patch[field] as Column | undefined;
    if (value !== undefined) result[columns[field]] = value;
  }
  return result;
}

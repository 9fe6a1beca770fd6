import type { Knex } from 'knex';
import type { CallbackLine } from '../domain/callbacks';
import type {
  DeleteFilesInput,
  PostFileInput,
  StreamKeyIdentity,
  VideoPostInput,
  VideoRoomInput,
} from '../workflows/messages';
import { overdueLines } from './callback-deliveries';
import { findFilesToDelete } from './deleted-files';
import { roomsToCancel } from './rooms-to-cancel';
import { ROOM_COLUMNS, workflowInputOf, type RoomColumns } from './workflow-inputs';

/** Ours alone among the database's advisory locks. */
const RECONCILER_LOCK = 7_236_201;
/** A row that changed just now has a workflow that is at work on it, or was started this instant. */
const SETTLED_SECONDS = 5;
/** Of a callback: longer than an attempt may take, so that none that is under way is woken for nothing. */
const OVERDUE_CALLBACK_MS = 15_000;
/** Rows looked at in one round; the rest comes in the next ones. */
const MAX_ROWS = 1_000;

interface UnfinishedRows {
  keys: StreamKeyIdentity[];
  rooms: VideoRoomInput[];
  /** Live, and their keys do not hold them by the record. */
  unheld: VideoRoomInput[];
  toCancel: VideoRoomInput[];
  callbacks: CallbackLine[];
  deleted: DeleteFilesInput[];
  posts: VideoPostInput[];
  postFiles: PostFileInput[];
}

/** Rows that only a running workflow can finish: rooms on the air or to be archived, keys that are not INACTIVE. */
export function createUnfinishedRows(knex: Knex) {
  return {
    /** Runs `work` with them if no other process is at it; otherwise does nothing. */
    whileAlone: async (work: (rows: UnfinishedRows) => Promise<void>): Promise<void> => {
      const found = await knex.transaction(async (trx) => {
        const locked = await trx.raw<{ rows: { got: boolean }[] }>(
          'select pg_try_advisory_xact_lock(?) as got',
          [RECONCILER_LOCK],
        );
        if (!locked.rows[0]?.got) return null;
        return {
          keys: await unfinishedKeys(trx),
          rooms: await unfinishedRooms(trx),
          unheld: await unheldRooms(trx),
          toCancel: await roomsToCancel(trx, MAX_ROWS),
          callbacks: await overdueLines(trx, OVERDUE_CALLBACK_MS, MAX_ROWS),
          deleted: await findFilesToDelete(trx),
          posts: await unfinishedPosts(trx),
          postFiles: await unfinishedPostFiles(trx),
        };
      });
      if (found) await work(found);
    },
  };
}

const settled = (knex: Knex) => knex.raw(`now() - interval '${SETTLED_SECONDS} seconds'`);

async function unfinishedKeys(knex: Knex): Promise<StreamKeyIdentity[]> {
  const rows = await knex('stream_keys')
    .whereNot({ state: 'INACTIVE' })
    .where('last_modified_at', '<', settled(knex))
    .limit(MAX_ROWS)
    .select<{ id: number; app_id: number; member_id: number }[]>('id', 'app_id', 'member_id');
  return rows.map((row) => ({ appId: row.app_id, memberId: row.member_id, streamKeyId: row.id }));
}

/** Uploaded posts on their way to PROCESSED; those of broadcasts are their rooms' affair. */
async function unfinishedPosts(knex: Knex): Promise<VideoPostInput[]> {
  const rows = await knex('video_posts')
    .where({ type: 'PRE_RECORDED', entity_state: 'ACTIVE' })
    .whereIn('state', ['UPLOADED', 'QUEUED', 'PROCESSING'])
    .where('last_modified_at', '<', settled(knex))
    .limit(MAX_ROWS)
    .select<{ id: number; app_id: number }[]>('id', 'app_id');
  return rows.map((row) => ({ appId: row.app_id, videoPostId: row.id }));
}

/** Thumbnails and previews that are uploaded, and that nobody took in. */
async function unfinishedPostFiles(knex: Knex): Promise<PostFileInput[]> {
  const rows = await knex('uploads')
    .where({ state: 'COMPLETED' })
    .whereIn('kind', ['thumbnail', 'preview'])
    .where('last_modified_at', '<', settled(knex))
    .limit(MAX_ROWS)
    .select<{ id: number; app_id: number; video_post_id: number }[]>('id', 'app_id', 'video_post_id');
  return rows.map((row) => ({ appId: row.app_id, videoPostId: row.video_post_id, uploadId: row.id }));
}

async function unfinishedRooms(knex: Knex): Promise<VideoRoomInput[]> {
  const rows = await knex('video_rooms as r')
    .leftJoin('stream_keys as k', 'k.video_room_id', 'r.id')
    .where('r.last_modified_at', '<', settled(knex))
    .where({ 'r.entity_state': 'ACTIVE' })
    .whereNotNull('r.stream_key_id')
    .where((any) =>
      any
        .whereIn('r.state', ['LIVE', 'LIVE_INACTIVE'])
        .orWhere((ended) =>
          ended
            .where({ 'r.state': 'ENDED', 'r.forcibly_terminated': false })
            .whereIn('r.vod_state', ['NOT_ARCHIVED', 'ARCHIVING', 'FAILED_ARCHIVING']),
        )
        // A claim whose LIVE was never written: the key holds it already.
        .orWhere((claimed) => claimed.where({ 'r.state': 'SCHEDULED' }).whereNotNull('k.id')),
    )
    .limit(MAX_ROWS)
    .select<RoomColumns[]>(ROOM_COLUMNS);
  return rows.map(workflowInputOf);
}

/** Rare: a key that was lost between grant and row. The key may know better than its row; its room asks. */
async function unheldRooms(knex: Knex): Promise<VideoRoomInput[]> {
  const rows = await knex('video_rooms as r')
    .join('stream_keys as k', 'k.id', 'r.stream_key_id')
    .where({ 'r.entity_state': 'ACTIVE' })
    .whereIn('r.state', ['LIVE', 'LIVE_INACTIVE'])
    .whereRaw('k.video_room_id is distinct from r.id')
    .where('r.last_modified_at', '<', settled(knex))
    .where('k.last_modified_at', '<', settled(knex))
    .limit(MAX_ROWS)
    .select<RoomColumns[]>(ROOM_COLUMNS);
  return rows.map(workflowInputOf);
}

import type { Knex } from 'knex';
import type { DeleteFilesInput } from '../workflows/messages';
import { whileDatabaseAnswers } from './database-errors';

/** Rows looked at in one round of the reconciler. */
const MAX_ROWS = 1_000;
/** After the renditions have taken their place: who began to watch before still holds their playlists (design.md section 7). */
const LIVE_SEGMENTS_KEPT_HOURS = 24;

/** Which files are to go. */
export interface FilesToDelete {
  /** Of the broadcast with this playback name: all that was recorded (timeline and sessions), or its live segments only. */
  recording: { playbackName: string; what: 'everything' | 'segments' } | null;
  /** Of the post with this name: its folder, or only the playlists that name the live segments. */
  post: { name: string; what: 'everything' | 'playlists' } | null;
}

const NOTHING: FilesToDelete = { recording: null, post: null };

interface FoundRow {
  id: number;
  app_id: number;
  name: string;
}

const inputsOf = (kind: DeleteFilesInput['kind'], rows: FoundRow[]): DeleteFilesInput[] =>
  rows.map(({ app_id: appId, id, name }) => ({ kind, appId, id, name }));

/** Is the time over in which players may still hold the live playlists of room `r`? SQL. */
const ARE_SEGMENTS_OVER = `r.vod_archived_at <= now() - interval '${LIVE_SEGMENTS_KEPT_HOURS} hours'`;

/** What was deleted and still has its files, and archived broadcasts whose live segments nobody needs any more. */
export async function findFilesToDelete(knex: Knex): Promise<DeleteFilesInput[]> {
  const rooms = await knex('video_rooms as r')
    .leftJoin('video_posts as p', (join) =>
      join.on('p.video_room_id', 'r.id').andOnVal('p.entity_state', 'ACTIVE'),
    )
    .where({ 'r.entity_state': 'DELETED' })
    .whereNull('r.files_deleted_at')
    // Its recording is asked for again when the post does not need it any more.
    .where((any) => any.whereNull('p.id').orWhereNot('p.state', 'PROCESSED').orWhereRaw(ARE_SEGMENTS_OVER))
    .limit(MAX_ROWS)
    .select<FoundRow[]>('r.id', 'r.app_id', 'r.playback_name as name');
  const posts = await knex('video_posts')
    .where({ entity_state: 'DELETED' })
    .whereNull('files_deleted_at')
    .limit(MAX_ROWS)
    .select<FoundRow[]>('id', 'app_id', 'name');
  const archived = await knex('video_rooms as r')
    .where({ 'r.vod_state': 'ARCHIVED', 'r.entity_state': 'ACTIVE' })
    .whereNull('r.live_segments_deleted_at')
    .whereRaw(ARE_SEGMENTS_OVER)
    .orderBy('r.vod_archived_at')
    .limit(MAX_ROWS)
    .select<FoundRow[]>('r.id', 'r.app_id', 'r.playback_name as name');
  return [
    ...inputsOf('videoRoom', rooms),
    ...inputsOf('videoPost', posts),
    ...inputsOf('liveSegments', archived),
  ];
}

const FILES_OF = { videoRoom: filesOfRoom, videoPost: filesOfPost, liveSegments: liveSegmentsOf } as const;

/**
 * Null where nothing may go: it is not deleted, not of this app, or somebody may still be watching it. Whoever asks, only what
 * is due loses its files.
 */
export const filesOf = (knex: Knex, input: DeleteFilesInput): Promise<FilesToDelete | null> =>
  whileDatabaseAnswers(() => FILES_OF[input.kind](knex, input));

interface RoomWithPost {
  playback_name: string;
  is_over: boolean | null;
  post_name: string | null;
  post_state: string | null;
}

const roomWithPost = (knex: Knex, where: Record<string, unknown>): Promise<RoomWithPost | undefined> =>
  knex('video_rooms as r')
    .leftJoin('video_posts as p', (join) =>
      join.on('p.video_room_id', 'r.id').andOnVal('p.entity_state', 'ACTIVE'),
    )
    .where(where)
    .first<RoomWithPost | undefined>(
      'r.playback_name',
      'p.name as post_name',
      'p.state as post_state',
      knex.raw(`${ARE_SEGMENTS_OVER} as is_over`),
    );

/**
 * A deleted room's recording stays as long as the post that was made of it needs it: a processed one for a day, since players may
 * still hold the live segments' playlists; one whose processing failed for as long as it is shown, since it has nothing else.
 */
async function filesOfRoom(knex: Knex, { appId, id }: DeleteFilesInput): Promise<FilesToDelete | null> {
  const room = await roomWithPost(knex, { 'r.id': id, 'r.app_id': appId, 'r.entity_state': 'DELETED' });
  if (!room) return null;
  const { playback_name: playbackName, post_name: name, post_state: state } = room;
  const recording = { playbackName, what: 'everything' as const };
  if (name === null) return { recording, post: null };
  if (state !== 'PROCESSED') return NOTHING;
  return room.is_over ? { recording, post: { name, what: 'playlists' } } : null;
}

/** With a deleted post goes what it was made of: somebody wanted it gone. */
async function filesOfPost(knex: Knex, { appId, id }: DeleteFilesInput): Promise<FilesToDelete | null> {
  const post = await knex('video_posts as p')
    .leftJoin('video_rooms as r', 'r.id', 'p.video_room_id')
    .where({ 'p.id': id, 'p.app_id': appId, 'p.entity_state': 'DELETED' })
    .first<{ name: string; playback_name: string | null } | undefined>('p.name', 'r.playback_name');
  if (!post) return null;
  const { name, playback_name: playbackName } = post;
  const recording = playbackName === null ? null : { playbackName, what: 'everything' as const };
  return { recording, post: { name, what: 'everything' } };
}

/** The raw recording stays. Where the post is deleted, all of it has gone with that. */
async function liveSegmentsOf(knex: Knex, { appId, id }: DeleteFilesInput): Promise<FilesToDelete | null> {
  const room = await roomWithPost(knex, { 'r.id': id, 'r.app_id': appId, 'r.vod_state': 'ARCHIVED' });
  if (!room?.is_over) return null;
  const { playback_name: playbackName, post_name: name, post_state: state } = room;
  if (name === null || state !== 'PROCESSED') return NOTHING;
  return { recording: { playbackName, what: 'segments' }, post: { name, what: 'playlists' } };
}

const MARKS = {
  videoRoom: { table: 'video_rooms', column: 'files_deleted_at' },
  videoPost: { table: 'video_posts', column: 'files_deleted_at' },
  liveSegments: { table: 'video_rooms', column: 'live_segments_deleted_at' },
} as const;

/** The first call's time stays. */
export const markFilesDeleted = (knex: Knex, { kind, appId, id }: DeleteFilesInput): Promise<void> =>
  whileDatabaseAnswers(async () => {
    const { table, column } = MARKS[kind];
    await knex(table)
      .where({ id, app_id: appId })
      .update({ [column]: knex.raw('coalesce(??, now())', [column]) });
  });

/** The sessions that were live in a broadcast, by its log: also those whose timeline can't be read any more. */
export async function sessionsOfBroadcast(knex: Knex, playbackName: string): Promise<string[]> {
  return whileDatabaseAnswers(async () => {
    const rows = await knex('events as e')
      .join('video_rooms as r', 'r.id', 'e.entity_id')
      .where({ 'r.playback_name': playbackName, 'e.entity': 'videoRoom' })
      .whereNotNull('e.session_id')
      .distinct<{ session_id: string }[]>('e.session_id');
    return rows.map((row) => row.session_id);
  });
}

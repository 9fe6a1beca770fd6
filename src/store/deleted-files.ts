import type { Knex } from 'knex';
import type { DeleteFilesInput } from '../workflows/messages';
import { whileDatabaseAnswers } from './database-errors';

/** Rows looked at in one round of the reconciler. */
const MAX_ROWS = 1_000;

const TABLES = { videoRoom: 'video_rooms', videoPost: 'video_posts' } as const;

/** Which files go with what was deleted; both null where a post that is still shown needs them. */
export interface FilesToDelete {
  /** The recording: timeline and sessions of the broadcast with this playback name. */
  playbackName: string | null;
  /** The folder of the post with this name. */
  postName: string | null;
}

const NOTHING: FilesToDelete = { playbackName: null, postName: null };

interface FoundRow {
  id: number;
  app_id: number;
  name: string;
}

/** What was deleted, and still has its files. */
export async function findFilesToDelete(knex: Knex): Promise<DeleteFilesInput[]> {
  const open = (kind: DeleteFilesInput['kind'], name: string) =>
    knex(TABLES[kind])
      .where({ entity_state: 'DELETED' })
      .whereNull('files_deleted_at')
      .limit(MAX_ROWS)
      .select<FoundRow[]>('id', 'app_id', `${name} as name`)
      .then((rows) => rows.map((row) => ({ kind, appId: row.app_id, id: row.id, name: row.name })));
  return [...(await open('videoRoom', 'playback_name')), ...(await open('videoPost', 'name'))];
}

/** Nothing for a row that is not deleted, or not of this app: whoever asks, only what is deleted loses its files. */
export const filesOf = (knex: Knex, input: DeleteFilesInput): Promise<FilesToDelete> =>
  whileDatabaseAnswers(() =>
    input.kind === 'videoRoom' ? filesOfRoom(knex, input) : filesOfPost(knex, input),
  );

/** A deleted room's recording stays while its post is shown: its playlists may name the live segments. */
async function filesOfRoom(knex: Knex, { appId, id }: DeleteFilesInput): Promise<FilesToDelete> {
  const room = await knex('video_rooms')
    .where({ id, app_id: appId, entity_state: 'DELETED' })
    .first<{ playback_name: string } | undefined>('playback_name');
  if (!room) return NOTHING;
  const shown = await knex('video_posts').where({ video_room_id: id, entity_state: 'ACTIVE' }).first('id');
  return shown ? NOTHING : { playbackName: room.playback_name, postName: null };
}

/** With a deleted post goes what it was made of: somebody wanted it gone. */
async function filesOfPost(knex: Knex, { appId, id }: DeleteFilesInput): Promise<FilesToDelete> {
  const post = await knex('video_posts as p')
    .leftJoin('video_rooms as r', 'r.id', 'p.video_room_id')
    .where({ 'p.id': id, 'p.app_id': appId, 'p.entity_state': 'DELETED' })
    .first<{ name: string; playback_name: string | null } | undefined>('p.name', 'r.playback_name');
  return post ? { playbackName: post.playback_name, postName: post.name } : NOTHING;
}

/** The first call's time stays. */
export const markFilesDeleted = (knex: Knex, { kind, appId, id }: DeleteFilesInput): Promise<void> =>
  whileDatabaseAnswers(async () => {
    await knex(TABLES[kind])
      .where({ id, app_id: appId, entity_state: 'DELETED' })
      .update({ files_deleted_at: knex.raw('coalesce(files_deleted_at, now())') });
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

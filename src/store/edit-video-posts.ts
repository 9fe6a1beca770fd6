import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import type { PostFile, PostFiles } from '../domain/post-files';
import { postStep, type PostStep } from '../domain/video-post-state';
import { whileDatabaseAnswers } from './database-errors';
import { newProfileColumns, profileColumns, type PostProfiles } from './post-profiles';
import { randomBase62 } from './random-name';
import type { VideoPostRow } from './video-posts';

/** Absent: unchanged. */
export interface PostTexts {
  title?: string;
  description?: string | null;
  accessLevel?: string;
  customData?: Record<string, string> | null;
}

const textColumns = (edit: PostTexts): Record<string, unknown> => {
  const { customData } = edit;
  const columns: Record<string, unknown> = {
    title: edit.title,
    description: edit.description,
    access_level: edit.accessLevel,
    custom_data: customData ? JSON.stringify(customData) : customData,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
};

/** A post whose file is to be uploaded; answers its id. */
export async function insertVideoPost(
  knex: Knex,
  owner: { appId: number; memberId: number },
  edit: PostTexts & PostProfiles,
): Promise<number> {
  const [row] = await knex('video_posts')
    .insert({
      app_id: owner.appId,
      member_id: owner.memberId,
      name: randomBase62(),
      type: 'PRE_RECORDED',
      ...textColumns(edit),
      ...newProfileColumns(knex, owner.appId, edit),
    })
    .returning<{ id: number }[]>('id');
  if (!row) throw new Error('the insert of a video post returned no row');
  return row.id;
}

/** Runs `work` with the post's row held; VIDEO_POST_NOT_FOUND where the app has none such. */
export function withVideoPost<T>(
  knex: Knex,
  appId: number,
  id: number,
  work: (trx: Knex.Transaction, post: VideoPostRow) => Promise<T>,
): Promise<T> {
  return knex.transaction(async (trx) => {
    const post = await trx('video_posts')
      .where({ app_id: appId, id, entity_state: 'ACTIVE' })
      .forUpdate()
      .first<VideoPostRow | undefined>();
    if (!post) throw new CodedError('VIDEO_POST_NOT_FOUND');
    return work(trx, post);
  });
}

export async function editVideoPost(
  trx: Knex,
  { id, app_id: appId }: Pick<VideoPostRow, 'id' | 'app_id'>,
  edit: PostTexts & PostProfiles,
): Promise<void> {
  const columns = { ...textColumns(edit), ...profileColumns(trx, appId, edit) };
  await trx('video_posts')
    .where({ id })
    .update({ ...columns, last_modified_at: trx.fn.now(3) });
}

export async function deleteVideoPost(trx: Knex, id: number): Promise<void> {
  await trx('video_posts')
    .where({ id })
    .update({ entity_state: 'DELETED', last_modified_at: trx.fn.now(3) });
}

/** Columns that a step sets beside the state. */
export interface StepColumns {
  failure?: string | null;
  original_bytes?: number;
  duration_ms?: number;
}

/**
 * Takes a step where the post's state allows it; false where it does not (another attempt was first, or it is deleted).
 * Errors: DATABASE_UNAVAILABLE.
 */
export function stepVideoPost(
  knex: Knex,
  id: number,
  step: PostStep,
  columns: StepColumns = {},
): Promise<boolean> {
  const { from, to } = postStep(step);
  return whileDatabaseAnswers(async () => {
    const moved = await knex('video_posts')
      .where({ id, entity_state: 'ACTIVE' })
      .whereIn('state', [...from])
      .update({
        failure: null,
        ...columns,
        ...TIMES[step]?.(knex),
        state: to,
        last_modified_at: knex.fn.now(3),
      });
    return moved > 0;
  });
}

const TIMES: Partial<Record<PostStep, (knex: Knex) => Record<string, Knex.Raw>>> = {
  uploaded: (knex) => ({ uploaded_at: knex.raw('now()'), upload_failed_at: knex.raw('null') }),
  uploadRefused: (knex) => ({ upload_failed_at: knex.raw('now()') }),
  processed: (knex) => ({ playable_at: knex.raw('coalesce(playable_at, now())') }),
};

/** Gives the post a file; answers the one that it had before, whose bytes are to go. */
export function setPostFile(
  knex: Knex,
  id: number,
  kind: keyof PostFiles,
  file: PostFile,
): Promise<PostFile | null> {
  return whileDatabaseAnswers(() =>
    knex.transaction(async (trx) => {
      const row = await trx('video_posts')
        .where({ id })
        .forUpdate()
        .first<Pick<VideoPostRow, 'files'>>('files');
      if (!row) throw new CodedError('VIDEO_POST_NOT_FOUND');
      await trx('video_posts')
        .where({ id })
        .update({ files: JSON.stringify({ ...row.files, [kind]: file }), last_modified_at: trx.fn.now(3) });
      const before = row.files[kind];
      return before && before.file !== file.file ? before : null;
    }),
  );
}

/** A post as workers see it, deleted or not. */
export const readVideoPost = (knex: Knex, appId: number, id: number): Promise<VideoPostRow> =>
  whileDatabaseAnswers(async () => {
    const post = await knex('video_posts').where({ app_id: appId, id }).first<VideoPostRow | undefined>();
    if (!post) throw new CodedError('VIDEO_POST_NOT_FOUND');
    return post;
  });

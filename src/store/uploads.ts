import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { UPLOAD_LIFE_SECONDS, type UploadKind, type UploadState } from '../domain/upload';
import { whileDatabaseAnswers } from './database-errors';
import { randomBase62 } from './random-name';

export interface UploadRow {
  id: number;
  /** Unguessable; its folder, and part of its addresses. */
  name: string;
  app_id: number;
  video_post_id: number;
  kind: UploadKind;
  state: UploadState;
  filename: string;
  content_type: string;
  bytes: number;
  part_count: number;
  /** What of it was refused, for people: the detail of UPLOAD_REFUSED. */
  failure: string | null;
  expires_at: Date;
}

export interface UploadPart {
  part_number: number;
  etag: string;
  bytes: number;
}

export interface NewUpload {
  appId: number;
  videoPostId: number;
  kind: UploadKind;
  filename: string;
  contentType: string;
  bytes: number;
  partCount: number;
}

const lifeEnd = (knex: Knex) => knex.raw(`now() + interval '${UPLOAD_LIFE_SECONDS} seconds'`);

/**
 * The open upload of a post's file. The same one, with its finished parts, where size and number of parts are as before; else a
 * new one takes its place. The caller holds the post's row.
 */
export async function openUpload(trx: Knex, wanted: NewUpload): Promise<UploadRow> {
  const open = { video_post_id: wanted.videoPostId, kind: wanted.kind, state: 'OPEN' };
  const told = { filename: wanted.filename, content_type: wanted.contentType, expires_at: lifeEnd(trx) };
  const [renewed] = await trx('uploads')
    .where({ ...open, bytes: wanted.bytes, part_count: wanted.partCount })
    .update({ ...told, last_modified_at: trx.fn.now(3) })
    .returning<UploadRow[]>('*');
  if (renewed) return renewed;
  await expireUploads(trx, wanted.videoPostId, { kind: wanted.kind, states: ['OPEN'] });
  const [created] = await trx('uploads')
    .insert({
      ...told,
      name: randomBase62(),
      app_id: wanted.appId,
      video_post_id: wanted.videoPostId,
      kind: wanted.kind,
      bytes: wanted.bytes,
      part_count: wanted.partCount,
    })
    .returning<UploadRow[]>('*');
  if (!created) throw new Error('the insert of an upload returned no row');
  return created;
}

/** Unfinished uploads of a post take nothing more; the sweep removes their bytes. */
export async function expireUploads(
  trx: Knex,
  videoPostId: number,
  which: { kind?: UploadKind; states: UploadState[] },
): Promise<void> {
  await trx('uploads')
    .where({ video_post_id: videoPostId, ...(which.kind ? { kind: which.kind } : {}) })
    .whereIn('state', which.states)
    .update({ state: 'EXPIRED', expires_at: trx.fn.now(3), last_modified_at: trx.fn.now(3) });
}

/** All but EXPIRED: what there is to say of a post's file. */
const CURRENT: readonly UploadState[] = ['OPEN', 'COMPLETED', 'TAKEN', 'REFUSED'];

/** What came of the newest upload of one of a post's files. */
export interface UploadOutcome {
  kind: UploadKind;
  state: UploadState;
  filename: string;
  bytes: number;
  failure: string | null;
  /** ISO 8601. */
  last_modified_at: string;
}

/** The newest upload of each file of the post that `owner` names, for example `p.id`: a column of its query, `uploads`. */
export const newestUploads = (knex: Knex, owner: string): Knex.Raw =>
  knex.raw(
    `(select coalesce(json_agg(u order by u.kind), '[]') from (
        select distinct on (kind) kind, state, filename, bytes, failure, last_modified_at from uploads
        where video_post_id = ?? and state <> 'EXPIRED' order by kind, id desc
      ) u) as uploads`,
    [owner],
  );

/** The newest upload of a post's file that is open, or was completed, whatever came of it; undefined where none was begun. */
export const newestUpload = (
  trx: Knex,
  videoPostId: number,
  kind: UploadKind,
): Promise<UploadRow | undefined> =>
  trx('uploads')
    .where({ video_post_id: videoPostId, kind })
    .whereIn('state', [...CURRENT])
    .orderBy('id', 'desc')
    .first<UploadRow | undefined>();

export const findUpload = (knex: Knex, id: number): Promise<UploadRow | undefined> =>
  whileDatabaseAnswers(() => knex('uploads').where({ id }).first<UploadRow | undefined>());

export const partsOf = (knex: Knex, uploadId: number): Promise<UploadPart[]> =>
  whileDatabaseAnswers(() =>
    knex('upload_parts')
      .where({ upload_id: uploadId })
      .orderBy('part_number')
      .select<UploadPart[]>('part_number', 'etag', 'bytes'),
  );

/** Is it open, that is: may parts be put? Rejects with DATABASE_UNAVAILABLE. */
export const isUploadOpen = async (knex: Knex, name: string): Promise<boolean> =>
  whileDatabaseAnswers(async () => {
    const row = await knex('uploads')
      .where({ name, state: 'OPEN' })
      .where('expires_at', '>', knex.fn.now())
      .first('id');
    return row !== undefined;
  });

/**
 * Writes down a part that is whole on disk. Answers the ETag of the one that it replaces, null for a first one; rejects with
 * UPLOAD_NOT_FOUND where the upload takes nothing more.
 */
export function recordPart(knex: Knex, name: string, part: UploadPart): Promise<string | null> {
  return whileDatabaseAnswers(() =>
    knex.transaction(async (trx) => {
      // Shared with other parts; a completion waits for them, and they for it.
      const upload = await trx('uploads')
        .where({ name, state: 'OPEN' })
        .forShare()
        .first<UploadRow | undefined>();
      if (!upload) throw new CodedError('UPLOAD_NOT_FOUND');
      const key = { upload_id: upload.id, part_number: part.part_number };
      const before = await trx('upload_parts').where(key).first<UploadPart | undefined>();
      await trx('upload_parts')
        .insert({ ...key, etag: part.etag, bytes: part.bytes })
        .onConflict(['upload_id', 'part_number'])
        .merge();
      return before && before.etag !== part.etag ? before.etag : null;
    }),
  );
}

export const setUploadState = (
  trx: Knex,
  id: number,
  state: UploadState,
  failure: string | null = null,
): Promise<void> =>
  whileDatabaseAnswers(async () => {
    await trx('uploads')
      .where({ id })
      .update({ state, failure, last_modified_at: trx.fn.now(3) });
  });

/** How many uploads one sweep takes: each is a folder to remove. */
const SWEEP_BATCH = 200;

/** Uploads whose bytes nobody waits for any more, the oldest first; those that were refused have none, and go on telling why. An open one that is over its time becomes EXPIRED here. */
export const uploadsToSweep = (knex: Knex): Promise<Pick<UploadRow, 'id' | 'name'>[]> =>
  whileDatabaseAnswers(() =>
    knex.transaction(async (trx) => {
      const overdue = await trx('uploads')
        .where({ state: 'OPEN' })
        .where('expires_at', '<=', trx.fn.now())
        .update({ state: 'EXPIRED', last_modified_at: trx.fn.now(3) })
        .returning<{ video_post_id: number; kind: UploadKind }[]>(['video_post_id', 'kind']);
      const posts = overdue.filter(({ kind }) => kind === 'src').map((row) => row.video_post_id);
      await trx('video_posts')
        .whereIn('id', posts)
        .where({ state: 'CREATED' })
        .update({
          state: 'FAILED_UPLOAD',
          failure: 'The upload was not completed in time.',
          upload_failed_at: trx.fn.now(3),
          last_modified_at: trx.fn.now(3),
        });
      return trx('uploads')
        .where({ state: 'EXPIRED' })
        .where('expires_at', '<=', trx.fn.now())
        .orderBy('expires_at')
        .limit(SWEEP_BATCH)
        .select<Pick<UploadRow, 'id' | 'name'>[]>('id', 'name');
    }),
  );

export const forgetUpload = (knex: Knex, id: number): Promise<void> =>
  whileDatabaseAnswers(async () => {
    await knex('uploads').where({ id }).delete();
  });

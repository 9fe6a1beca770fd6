import type { Knex } from 'knex';
import type { PreviewProfile, ThumbnailProfile } from '../domain/picture-profiles';
import { whileDatabaseAnswers } from './database-errors';

/** How a post's thumbnail is made. Errors: DATABASE_UNAVAILABLE. */
export const thumbnailProfileOf = (knex: Knex, id: number): Promise<ThumbnailProfile> =>
  contentOf(knex, 'THUMBNAIL', id);

/** How a post's preview is made. Errors: DATABASE_UNAVAILABLE. */
export const previewProfileOf = (knex: Knex, id: number): Promise<PreviewProfile> =>
  contentOf(knex, 'PREVIEW', id);

const contentOf = <T extends object>(knex: Knex, type: 'THUMBNAIL' | 'PREVIEW', id: number): Promise<T> =>
  whileDatabaseAnswers(async () => {
    const row = await knex('transcoding_profiles').where({ id, type }).first<{ profile: T } | undefined>();
    if (!row) throw new Error('a video post names a profile that there is not');
    return row.profile;
  });

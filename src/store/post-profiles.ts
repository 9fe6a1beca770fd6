import type { Knex } from 'knex';
import { DEFAULT_POST_PROFILE_IDS } from '../domain/transcoding-profile';

/** Absent: unchanged; null: back to the app's default, or the system's. */
export interface PostProfiles {
  videoProfileId?: number | null;
  thumbnailProfileId?: number | null;
  previewProfileId?: number | null;
}

const COLUMNS = {
  videoProfileId: { of: 'video_profile_id', default: 'default_video_profile_id', type: 'VIDEO' },
  thumbnailProfileId: {
    of: 'thumbnail_profile_id',
    default: 'default_thumbnail_profile_id',
    type: 'THUMBNAIL',
  },
  previewProfileId: { of: 'preview_profile_id', default: 'default_preview_profile_id', type: 'PREVIEW' },
} as const;

const NAMES = Object.keys(COLUMNS) as (keyof PostProfiles)[];

const defaultOf = (knex: Knex, appId: number, name: keyof PostProfiles): Knex.Raw =>
  knex.raw('coalesce((select ?? from apps where id = ?), ?)', [
    COLUMNS[name].default,
    appId,
    DEFAULT_POST_PROFILE_IDS[COLUMNS[name].type],
  ]);

/** The columns of a post that change. */
export function profileColumns(knex: Knex, appId: number, profiles: PostProfiles): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const name of NAMES) {
    const id = profiles[name];
    if (id !== undefined) columns[COLUMNS[name].of] = id ?? defaultOf(knex, appId, name);
  }
  return columns;
}

/** All three of a new post. */
export const newProfileColumns = (
  knex: Knex,
  appId: number,
  profiles: PostProfiles,
): Record<string, unknown> =>
  profileColumns(knex, appId, Object.fromEntries(NAMES.map((name) => [name, profiles[name] ?? null])));

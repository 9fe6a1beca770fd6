import type { Knex } from 'knex';
import type { VideoProfileContent } from '../domain/transcoding-profile';
import type { VideoProfile } from '../domain/video-profile';
import { whileDatabaseAnswers } from './database-errors';
import { findTranscodingProfile, type TranscodingProfileRow } from './transcoding-profiles';

export type PostProfileType = 'VIDEO' | 'THUMBNAIL' | 'PREVIEW';

/** Is there a profile of that type, the system's or the app's own? */
export async function isProfileOf(
  knex: Knex,
  appId: number,
  type: PostProfileType,
  id: number,
): Promise<boolean> {
  const profile = await findTranscodingProfile(knex, appId, id);
  return profile?.type === type;
}

/** The profile that a post's ladder is made by. Errors: DATABASE_UNAVAILABLE. */
export const videoProfileOf = (knex: Knex, id: number): Promise<VideoProfile> =>
  whileDatabaseAnswers(async () => {
    const row = await knex('transcoding_profiles')
      .where({ id, type: 'VIDEO' })
      .first<TranscodingProfileRow | undefined>();
    if (!row) throw new Error('a video post names a profile that there is not');
    const { format, videoStreams, maxFrameRate, segmentDuration } = row.profile as VideoProfileContent;
    return {
      id: row.id,
      name: row.name,
      shortSides: videoStreams.map(({ shortSide }) => shortSide).sort((a, b) => b - a),
      maxFrameRate,
      segmentSeconds: segmentDuration,
      ...(format === 'MP4' ? { format } : {}),
    };
  });

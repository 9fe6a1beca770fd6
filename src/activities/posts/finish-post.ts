import { publishLadder } from '../../media/ladder/publish-ladder';
import { readVideoPost, stepVideoPost } from '../../store/edit-video-posts';
import type { ArchiveParts } from '../archive';
import { tellingFailures } from '../archive/failures';
import type { PostFastActivities } from '../types';
import { removePrepared } from './process-post';

/** The renditions are published and the post is PROCESSED. Safe to repeat. */
export function createFinishPost(parts: ArchiveParts): PostFastActivities['finishPost'] {
  const { knex, layout } = parts;
  return ({ appId, videoPostId }) =>
    tellingFailures(async () => {
      const post = await readVideoPost(knex, appId, videoPostId);
      await publishLadder(layout.vodDir(post.name));
      await stepVideoPost(knex, videoPostId, 'processed');
      await removePrepared(parts, post);
    });
}

/** It failed; what plays goes on playing. `failure` is for people. */
export function createFailPost({ knex }: ArchiveParts): PostFastActivities['failPost'] {
  return ({ videoPostId, step, failure }) =>
    tellingFailures(async () => {
      await stepVideoPost(knex, videoPostId, step, { failure });
    });
}

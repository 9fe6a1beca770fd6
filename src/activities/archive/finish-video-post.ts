import { publishLadder } from '../../media/ladder/publish-ladder';
import { ensureVideoPostOfRoom, markPostFailed, markPostProcessed } from '../../store/video-posts';
import type { ArchiveFastActivities } from '../types';
import { tellingFailures } from './failures';
import type { ArchiveParts } from './parts';

/** The renditions take the place of the live segments under the same URL, and the post is done. Safe to repeat. */
export function createPublishVideoPost({
  knex,
  layout,
}: ArchiveParts): ArchiveFastActivities['publishVideoPost'] {
  return ({ appId, roomId }) =>
    tellingFailures(async () => {
      const post = await ensureVideoPostOfRoom(knex, { appId, roomId });
      await publishLadder(layout.vodDir(post.name));
      await markPostProcessed(knex, post.id);
    });
}

/** The archive failed; what is playable stays playable. Without a post there is nothing to mark: the room tells. */
export function createFailVideoPost({ knex }: ArchiveParts): ArchiveFastActivities['failVideoPost'] {
  return ({ videoPostId, failure }) =>
    tellingFailures(async () => {
      if (videoPostId !== null) await markPostFailed(knex, videoPostId, failure);
    });
}

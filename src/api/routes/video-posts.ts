import { CodedError } from '../../domain/errors';
import { findVideoPost } from '../../store/video-posts';
import { videoPostsContract } from '../contract/video-posts';
import type { ApiDeps } from '../deps';
import { serializeVideoPost } from '../serializers/video-post';
import { bind, type Binding } from '../serve';

/** /video-posts */
export const videoPostRoutes = ({ knex, bases }: ApiDeps): Binding[] =>
  bind(videoPostsContract, {
    async getVideoPost({ app, id }) {
      const post = await findVideoPost(knex, app.id, id('videoPostId', 'VIDEO_POST_NOT_FOUND'));
      if (!post) throw new CodedError('VIDEO_POST_NOT_FOUND');
      return serializeVideoPost(post, bases);
    },
  });

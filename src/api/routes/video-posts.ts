import { Router } from 'express';
import { CodedError } from '../../domain/errors';
import { findVideoPost } from '../../store/video-posts';
import { ok } from '../answer';
import type { ApiDeps } from '../deps';
import { reading, type Endpoint } from '../endpoint';
import { unsupportedMethod } from '../errors';
import { serializeVideoPost } from '../serializers/video-post';

/** /video-posts */
export function videoPostRoutes({ knex, bases }: ApiDeps): Router {
  const get: Endpoint = async ({ app, id }) => {
    const post = await findVideoPost(knex, app.id, id('videoPostId', 'VIDEO_POST_NOT_FOUND'));
    if (!post) throw new CodedError('VIDEO_POST_NOT_FOUND');
    return ok(serializeVideoPost(post, bases));
  };

  const router = Router();
  router.route('/:videoPostId').get(reading(get)).all(unsupportedMethod);
  return router;
}

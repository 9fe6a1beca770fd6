import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { findVideoPost, type VideoPostDetails } from '../store/video-posts';
import type { Call } from './serve';

/** The post that a path names. Errors: VIDEO_POST_NOT_FOUND for what can't be an id. */
export const postIdOf = ({ id }: Pick<Call, 'id'>): number => id('videoPostId', 'VIDEO_POST_NOT_FOUND');

/** The app's post of that id. Errors: VIDEO_POST_NOT_FOUND. */
export async function postOfApp(knex: Knex, appId: number, postId: number): Promise<VideoPostDetails> {
  const post = await findVideoPost(knex, appId, postId);
  if (!post) throw new CodedError('VIDEO_POST_NOT_FOUND');
  return post;
}

import type { Knex } from 'knex';
import type { VideoPostState } from '../domain/video-post-state';
import { asLiteral, readPage, timeOrder, type PageRequest, type TimeSort } from './page';
import { postDetails, postsOfApp, type VideoPostDetails } from './video-posts';

export interface PostFilter {
  memberId?: number;
  appUserId?: string;
  /** Part of the title, whatever its case. */
  keyword?: string;
  videoPostState?: VideoPostState;
  accessLevel?: string;
  /** All of these names have these values. */
  customData?: Record<string, string>;
}

/** Only the posts' own table: what they show besides is read for one page. */
function matching(knex: Knex, appId: number, filter: PostFilter) {
  const posts = knex('video_posts as p').where({ 'p.app_id': appId, 'p.entity_state': 'ACTIVE' });
  if (filter.memberId !== undefined) posts.andWhere('p.member_id', filter.memberId);
  if (filter.appUserId !== undefined) {
    const members = knex('members').where({ app_id: appId, app_user_id: filter.appUserId }).select('id');
    posts.whereIn('p.member_id', members);
  }
  if (filter.keyword !== undefined) posts.andWhereILike('p.title', `%${asLiteral(filter.keyword)}%`);
  if (filter.videoPostState !== undefined) posts.andWhere('p.state', filter.videoPostState);
  if (filter.accessLevel !== undefined) posts.andWhere('p.access_level', filter.accessLevel);
  // `@>` is what the index of custom data knows.
  if (filter.customData && Object.keys(filter.customData).length > 0)
    posts.andWhereRaw('p.custom_data @> ?::jsonb', [JSON.stringify(filter.customData)]);
  return posts;
}

/** One page of an app's posts, and how many match in all. Pages count from 0. */
export function listVideoPosts(
  knex: Knex,
  appId: number,
  filter: PostFilter,
  page: PageRequest,
): Promise<{ rows: VideoPostDetails[]; total: number }> {
  const source = {
    matching: (trx: Knex) => matching(trx, appId, filter),
    detailed: (trx: Knex) => postsOfApp(trx, appId),
    columns: postDetails(knex),
    order: timeOrder('p'),
    tieBreaker: 'p.id',
  };
  return readPage<VideoPostDetails, TimeSort>(knex, source, page);
}

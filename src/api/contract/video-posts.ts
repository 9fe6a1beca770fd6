import { videoPost } from './entities/video-post';
import { operation } from './operation';

/** Video posts: what can be watched on demand. */
export const videoPostsContract = {
  getVideoPost: operation({
    id: 'AppsServerApiVideoPostsController_getVideoPost',
    tag: 'videoPosts',
    method: 'get',
    path: '/video-posts/{videoPostId}',
    summary: { en: 'Get a video post', ko: '비디오 포스트 조회' },
    answer: { status: 200, schema: videoPost },
    errors: ['VIDEO_POST_NOT_FOUND'],
  }),
} as const;

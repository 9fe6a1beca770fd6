import type { UploadKind } from '../../domain/upload';
import { listVideoPosts } from '../../store/list-video-posts';
import type { Operation } from '../contract/operation';
import { videoPostsContract } from '../contract/video-posts';
import type { ApiDeps } from '../deps';
import { createVideoPost, removeVideoPost, retryVideoPost, updateVideoPost } from '../edit-video-post';
import { postIdOf, postOfApp } from '../posts-by-id';
import { customDataFilter } from '../schemas/video-post';
import { serializePage } from '../serializers/page';
import { serializeVideoPost } from '../serializers/video-post';
import { bind, type Binding, type Call } from '../serve';
import { completeUpload, requestUploadUrls } from '../upload-post-file';

type Asked<O extends Operation> = Pick<Call<O>, 'app' | 'id' | 'body'>;
type Urls = Asked<typeof videoPostsContract.requestVideoPostUploadUrls>;
type Complete = Asked<typeof videoPostsContract.completeVideoPostUploads>;

/** /video-posts */
export function videoPostRoutes(deps: ApiDeps): Binding[] {
  const { knex, bases } = deps;
  const shown = async (appId: number, postId: number) =>
    serializeVideoPost(await postOfApp(knex, appId, postId), bases);
  const target = (call: Pick<Call, 'app' | 'id'>, kind: UploadKind) => ({
    appId: call.app.id,
    videoPostId: postIdOf(call),
    kind,
  });
  const urlsOf = (kind: UploadKind) => (call: Urls) => requestUploadUrls(deps, target(call, kind), call.body);
  const completionOf = (kind: UploadKind) => (call: Complete) =>
    completeUpload(deps, target(call, kind), call.body);
  return bind(videoPostsContract, {
    createVideoPost: async ({ app, body }) => shown(app.id, await createVideoPost(deps, app.id, body)),
    async listVideoPosts({ app, query }) {
      const { page, pageSize, sortBy, memberId, appUserId, keyword, videoPostState, accessLevel } = query;
      const fields = { memberId, appUserId, keyword, videoPostState, accessLevel };
      const filter = { ...fields, customData: customDataFilter(query) };
      const { rows, total } = await listVideoPosts(knex, app.id, filter, { page, pageSize, sortBy });
      const content = rows.map((post) => serializeVideoPost(post, bases));
      return serializePage(content, total, { page, pageSize });
    },
    getVideoPost: (call) => shown(call.app.id, postIdOf(call)),
    async updateVideoPost(call) {
      await updateVideoPost(deps, call.app.id, postIdOf(call), call.body);
      return shown(call.app.id, postIdOf(call));
    },
    deleteVideoPost: (call) => removeVideoPost(deps, call.app.id, postIdOf(call)),
    async retryVideoPost(call) {
      await retryVideoPost(deps, call.app.id, postIdOf(call), call.idempotencyKey);
      return shown(call.app.id, postIdOf(call));
    },
    requestVideoPostUploadUrls: urlsOf('src'),
    completeVideoPostUploads: completionOf('src'),
    requestVideoPostThumbnailUploadUrl: urlsOf('thumbnail'),
    completeVideoPostThumbnailUpload: completionOf('thumbnail'),
    requestVideoPostPreviewUploadUrl: urlsOf('preview'),
    completeVideoPostPreviewUpload: completionOf('preview'),
  });
}

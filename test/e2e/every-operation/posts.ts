import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { videoPostsContract as posts } from '../../../src/api/contract/video-posts';
import type { ErrorCode } from '../../../src/domain/errors';
import type { UploadKind } from '../../../src/domain/upload';
import { ffmpeg } from '../../support/ffmpeg';
import { until } from '../../support/until';
import type { Caller } from './caller';
import type { World } from './world';

const MEDIA = join(__dirname, '../../fixtures/media');
/** What each file of a post is called in operations and paths, and what is uploaded as it; the source last, since it sets the work going. */
const KINDS = [
  [posts.requestVideoPostThumbnailUploadUrl, posts.completeVideoPostThumbnailUpload, 'thumbnail.jpg'],
  [posts.requestVideoPostPreviewUploadUrl, posts.completeVideoPostPreviewUpload, 'video.mp4'],
  [posts.requestVideoPostUploadUrls, posts.completeVideoPostUploads, 'video.mp4'],
] as const;
type Request = (typeof KINDS)[number][0];
type Complete = (typeof KINDS)[number][1];

const WRONG_FILTERS: readonly (readonly [ErrorCode, Record<string, string>])[] = [
  [
    'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED',
    Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`customData.k${at}`, 'v'])),
  ],
  ['CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED', { [`customData.${'n'.repeat(51)}`]: 'v' }],
  ['CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED', { 'customData.name': 'v'.repeat(51) }],
];

/** The parts as an upload's completion names them, once each was put to its URL. */
export async function putParts(
  app: Caller,
  request: Request,
  videoPostId: number,
  content: Buffer,
  multipartCount = 1,
): Promise<object[]> {
  const body = { filename: 'upload', size: content.length, contentType: 'video/mp4', multipartCount };
  const urls = await app.ok(request, { path: { videoPostId }, body });
  const size = Math.ceil(content.length / multipartCount);
  return Promise.all(
    urls.map(async ({ partNumber, uploadUrl }: { partNumber: number; uploadUrl: string }) => {
      const part = content.subarray((partNumber - 1) * size, partNumber * size);
      const answer = await fetch(uploadUrl, { method: 'PUT', body: new Uint8Array(part) });
      expect(answer.status).toBe(200);
      return { partNumber, eTag: answer.headers.get('etag') };
    }),
  );
}

/** What calls itself media, and names another file. */
const HOSTILE = Buffer.from('#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n');
const REFUSED_WITHIN_MS = 60_000;

export const clip = (): Buffer => readFileSync(join(MEDIA, 'video.mp4'));

/** Video posts, from their creation to what came of an uploaded file. */
export async function videoPosts(world: World): Promise<void> {
  const { app, owner } = await world.tenant();
  const { appUserId } = owner;
  const post = await app.ok(posts.createVideoPost, { body: { appUserId, title: 'Talk' } });
  const path = { videoPostId: post.id as number };
  await app.ok(posts.listVideoPosts, { query: { 'customData.course': 'ts' } });
  for (const [code, query] of WRONG_FILTERS) await app.says(code, posts.listVideoPosts, { query });
  await app.ok(posts.getVideoPost, { path });
  await app.ok(posts.updateVideoPost, { path, body: { title: 'A talk', videoProfileId: 6 } });
  const profile = { videoProfileId: 999_999_999 };
  await app.says('VIDEO_TRANSCODING_PROFILE_NOT_FOUND', posts.updateVideoPost, { path, body: profile });
  await app.says('VIDEO_TRANSCODING_PROFILE_NOT_FOUND', posts.createVideoPost, {
    body: { appUserId, ...profile },
  });
  await app.says('VIDEO_POST_STATE_NOT_FAILED', posts.retryVideoPost, { path });
  const picture = join(world.processes.dataDir, 'thumbnail.jpg');
  await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', '-update', '1', picture);
  for (const [request, complete, file] of KINDS) {
    const content = readFileSync(file === 'thumbnail.jpg' ? picture : join(MEDIA, file));
    await uploaded(app, path, { request, complete, content });
  }
  // At work since its source was completed.
  await app.says('VIDEO_POST_IN_USE', posts.deleteVideoPost, { path });
  const sourceAgain = { filename: 'again.mp4', size: 1, contentType: 'video/mp4' };
  await app.says('VIDEO_POST_STATE_NOT_AWAITING_UPLOAD', posts.requestVideoPostUploadUrls, {
    path,
    body: sourceAgain,
  });
  await world.rowIs('video_posts', path.videoPostId, { state: 'PROCESSED' });
  await app.says('VIDEO_POST_TRANSCODING_BEGUN', posts.updateVideoPost, {
    path,
    body: { videoProfileId: 5 },
  });
  await app.ok(posts.deleteVideoPost, { path });
}

async function uploaded(
  app: Caller,
  path: { videoPostId: number },
  { request, complete, content }: { request: Request; complete: Complete; content: Buffer },
): Promise<void> {
  const unknown = [{ partNumber: 1, eTag: 'none' }];
  await app.says('UPLOAD_NOT_FOUND', complete, { path, body: unknown });
  const parts = await putParts(app, request, path.videoPostId, content, 2);
  const again = { filename: 'upload', size: content.length, contentType: 'video/mp4', multipartCount: 2 };
  if ('alsoAt' in request) await app.ok(request, { path, body: again, spelling: 1 });
  await app.says('UPLOAD_PARTS_MISMATCH', complete, { path, body: unknown });
  await app.ok(complete, { path, body: parts });
}

/** Files that are no media, as told to who completes them again. */
export async function refusedFiles(world: World): Promise<void> {
  const { app, owner } = await world.tenant();
  const refuse = async ([request, complete]: (typeof KINDS)[number], kind: UploadKind) => {
    const { id } = await app.ok(posts.createVideoPost, { body: { appUserId: owner.appUserId } });
    const asked = { path: { videoPostId: id }, body: await putParts(app, request, id, HOSTILE) };
    await app.ok(complete, asked);
    const upload = world.knex('uploads').where({ video_post_id: id, kind, state: 'REFUSED' });
    await until(() => upload.clone().first('id'), {
      timeoutMs: REFUSED_WITHIN_MS,
      everyMs: 50,
      what: `the ${kind} to be refused`,
    });
    await app.says('UPLOAD_REFUSED', complete, asked);
  };
  const [thumbnail, preview, source] = KINDS;
  await Promise.all([refuse(thumbnail, 'thumbnail'), refuse(preview, 'preview'), refuse(source, 'src')]);
}

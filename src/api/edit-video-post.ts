import { CodedError } from '../domain/errors';
import { isAtWork, isTranscodingBegun } from '../domain/video-post-state';
import {
  deleteVideoPost,
  editVideoPost,
  insertVideoPost,
  stepVideoPost,
  withVideoPost,
  type PostTexts,
} from '../store/edit-video-posts';
import type { PostProfiles } from '../store/post-profiles';
import { expireUploads } from '../store/uploads';
import { isProfileOf, type PostProfileType } from '../store/video-profiles';
import type { VideoPostRow } from '../store/video-posts';
import { findVideoRoom } from '../store/video-rooms';
import { roomInput } from './create-room';
import type { ApiDeps } from './deps';
import { memberNamed } from './members-by-name';
import type { newVideoPostBody, videoPostPatchBody } from './schemas/video-post';
import type { Knex } from 'knex';
import type { z } from 'zod';

type PatchBody = z.output<typeof videoPostPatchBody>;

/**
 * Absent stays absent; a title that is removed is an empty one. An access level has no "none": null leaves it as it is, since a
 * post must not become public by a field that was left empty.
 */
const textsOf = ({ title, description, accessLevel, customData }: PatchBody): PostTexts => ({
  ...(title === undefined ? {} : { title: title ?? '' }),
  ...(description === undefined ? {} : { description }),
  ...(accessLevel ? { accessLevel } : {}),
  ...(customData === undefined ? {} : { customData }),
});

const first = <T>(...values: (T | undefined)[]): T | undefined => values.find((value) => value !== undefined);

/** Either spelling. Errors: VIDEO_TRANSCODING_PROFILE_NOT_FOUND. */
async function profilesOf(knex: Knex, appId: number, body: PatchBody): Promise<PostProfiles> {
  const given: [keyof PostProfiles, PostProfileType, number | null | undefined][] = [
    ['videoProfileId', 'VIDEO', first(body.videoProfileId, body.videoTranscodingProfileId)],
    ['thumbnailProfileId', 'THUMBNAIL', first(body.thumbnailProfileId, body.thumbnailTranscodingProfileId)],
    ['previewProfileId', 'PREVIEW', first(body.previewProfileId, body.previewTranscodingProfileId)],
  ];
  const profiles: PostProfiles = {};
  for (const [name, type, id] of given) {
    if (id === undefined) continue;
    if (id !== null && !(await isProfileOf(knex, appId, type, id)))
      throw new CodedError('VIDEO_TRANSCODING_PROFILE_NOT_FOUND');
    profiles[name] = id;
  }
  return profiles;
}

/** Answers the new post's id. Errors: MEMBER_NOT_FOUND, VIDEO_TRANSCODING_PROFILE_NOT_FOUND. */
export async function createVideoPost(
  { knex }: ApiDeps,
  appId: number,
  body: z.output<typeof newVideoPostBody>,
): Promise<number> {
  const member = await memberNamed(knex, appId, body.appUserId);
  const profiles = await profilesOf(knex, appId, body);
  return insertVideoPost(knex, { appId, memberId: member.id }, { ...textsOf(body), ...profiles });
}

/** Errors: VIDEO_POST_NOT_FOUND, VIDEO_TRANSCODING_PROFILE_NOT_FOUND, VIDEO_POST_TRANSCODING_BEGUN. */
export async function updateVideoPost(
  { knex }: ApiDeps,
  appId: number,
  id: number,
  body: PatchBody,
): Promise<void> {
  const profiles = await profilesOf(knex, appId, body);
  await withVideoPost(knex, appId, id, async (trx, post) => {
    if (Object.keys(profiles).length > 0 && isTranscodingBegun(post.state))
      throw new CodedError('VIDEO_POST_TRANSCODING_BEGUN');
    await editVideoPost(trx, post, { ...textsOf(body), ...profiles });
  });
}

/**
 * Its files go by a workflow; where that can't be started now, the reconciler does it.
 * Errors: VIDEO_POST_NOT_FOUND, VIDEO_POST_IN_USE.
 */
export async function removeVideoPost(deps: ApiDeps, appId: number, id: number): Promise<void> {
  const { knex, commands, log } = deps;
  const { name } = await withVideoPost(knex, appId, id, async (trx, post) => {
    if (isAtWork(post.state) || (await isRoomAtWork(trx, post))) throw new CodedError('VIDEO_POST_IN_USE');
    await expireUploads(trx, id, { states: ['OPEN', 'COMPLETED'] });
    await deleteVideoPost(trx, id);
    return post;
  });
  try {
    await commands.deleteFiles({ kind: 'videoPost', appId, id, name });
  } catch (error) {
    log.warn({ err: error, videoPostId: id }, 'the files of a deleted post are left to the reconciler');
  }
}

async function isRoomAtWork(
  trx: Knex,
  { app_id: appId, video_room_id: roomId }: VideoPostRow,
): Promise<boolean> {
  const room = roomId === null ? undefined : await findVideoRoom(trx, appId, roomId);
  return room !== undefined && (room.state.startsWith('LIVE') || room.vod_state === 'ARCHIVING');
}

/**
 * Once more, from where it failed: an uploaded one by its own workflow, a broadcast's by its room's.
 * Errors: VIDEO_POST_NOT_FOUND, VIDEO_POST_STATE_NOT_FAILED, CONTROL_PLANE_UNAVAILABLE.
 */
export async function retryVideoPost(
  deps: ApiDeps,
  appId: number,
  id: number,
  idempotencyKey: string | null,
): Promise<void> {
  const { knex, posts } = deps;
  const post = await withVideoPost(knex, appId, id, (_trx, row) => Promise.resolve(row));
  if (post.state !== 'FAILED_QUEUING' && post.state !== 'FAILED_PROCESSING')
    throw new CodedError('VIDEO_POST_STATE_NOT_FAILED');
  if (post.video_room_id !== null) {
    const room = await findVideoRoom(knex, appId, post.video_room_id);
    if (!room) throw new CodedError('VIDEO_POST_STATE_NOT_FAILED');
    const commanded = { appId, roomId: room.id, state: room.state, input: roomInput(room) };
    await deps.commands.command(commanded, 'retryArchive', idempotencyKey);
    return;
  }
  await posts.processPost({ appId, videoPostId: id });
  // Seen at once by who asked; the workflow takes the same step.
  await stepVideoPost(knex, id, post.state === 'FAILED_PROCESSING' ? 'processing' : 'queued');
}

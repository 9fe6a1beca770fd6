import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import type { PostFiles } from '../domain/post-files';
import { DEFAULT_POST_PROFILE_IDS } from '../domain/transcoding-profile';
import type { VideoPostState } from '../domain/video-post-state';
import type { PostRendition } from '../domain/video-profile';
import { countAllowedMembers } from './allowed-members';
import type { EntityState } from './apps';
import { whileDatabaseAnswers } from './database-errors';
import { randomBase62 } from './random-name';
import { newestUploads, type UploadOutcome } from './uploads';

export type VideoPostType = 'LIVE_RECORDED' | 'PRE_RECORDED';
export type { VideoPostState };

export interface VideoPostRow {
  id: number;
  app_id: number;
  member_id: number;
  video_room_id: number | null;
  /** The post's public name in VOD URLs, and its folder. */
  name: string;
  type: VideoPostType;
  state: VideoPostState;
  title: string;
  description: string | null;
  access_level: string;
  custom_data: Record<string, string> | null;
  duration_ms: number | null;
  segments: number | null;
  original_bytes: number | null;
  /** Null until they are made. */
  renditions: PostRendition[] | null;
  files: PostFiles;
  video_profile_id: number;
  thumbnail_profile_id: number;
  preview_profile_id: number;
  /** Why it failed, for people. */
  failure: string | null;
  /** When its VOD playlists were there for the first time. */
  playable_at: Date | null;
  uploaded_at: Date | null;
  upload_failed_at: Date | null;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

/** A post with its app, member and room: what the API shows. */
export interface VideoPostDetails extends VideoPostRow {
  app_name: string;
  app_entity_state: EntityState;
  member_entity_state: EntityState;
  member_app_user_id: string;
  member_app_user_name: string | null;
  member_profile_img_url: string | null;
  room_id: number | null;
  room_entity_state: EntityState | null;
  room_type: string | null;
  room_title: string | null;
  /** Members on its allow-list. */
  allowed_members: number;
  uploads: UploadOutcome[];
  video_profile_name: string;
  thumbnail_profile_name: string;
  preview_profile_name: string;
}

const { VIDEO, THUMBNAIL, PREVIEW } = DEFAULT_POST_PROFILE_IDS;

/**
 * The room's one post: made by the first call, found by every other, also when several call at once.
 * Errors: VIDEO_ROOM_NOT_FOUND, DATABASE_UNAVAILABLE.
 */
export function ensureVideoPostOfRoom(
  knex: Knex,
  room: { appId: number; roomId: number },
): Promise<VideoPostRow> {
  return whileDatabaseAnswers(async () => {
    await knex.raw(
      `insert into video_posts (app_id, member_id, video_room_id, name, type, title, description, access_level, custom_data,
         video_profile_id, thumbnail_profile_id, preview_profile_id)
       select r.app_id, r.member_id, r.id, ?, 'LIVE_RECORDED', r.title, r.description, r.access_level, r.custom_data,
         coalesce(a.default_video_profile_id, ?), coalesce(a.default_thumbnail_profile_id, ?),
         coalesce(a.default_preview_profile_id, ?)
       from video_rooms r join apps a on a.id = r.app_id where r.id = ? and r.app_id = ?
       on conflict (video_room_id) do nothing`,
      [randomBase62(), VIDEO, THUMBNAIL, PREVIEW, room.roomId, room.appId],
    );
    const post = await knex('video_posts')
      .where({ video_room_id: room.roomId, app_id: room.appId })
      .first<VideoPostRow | undefined>();
    if (!post) throw new CodedError('VIDEO_ROOM_NOT_FOUND');
    return post;
  });
}

/** States that a later attempt may still move; PROCESSED is final. */
const UNFINISHED: readonly VideoPostState[] = [
  'CREATED',
  'UPLOADED',
  'QUEUED',
  'PROCESSING',
  'FAILED_PROCESSING',
];

async function move(knex: Knex, id: number, from: readonly VideoPostState[], columns: object): Promise<void> {
  await whileDatabaseAnswers(async () => {
    await knex('video_posts')
      .where({ id })
      .whereIn('state', [...from])
      .update({ ...columns, last_modified_at: knex.fn.now(3) });
  });
}

/** Its VOD playlists are written: it can be watched from now on. Repeated, it changes nothing that came after. */
export const markPostPlayable = (
  knex: Knex,
  id: number,
  vod: { durationMs: number; segments: number },
): Promise<void> =>
  move(knex, id, UNFINISHED, {
    state: 'QUEUED',
    duration_ms: vod.durationMs,
    segments: vod.segments,
    failure: null,
    playable_at: knex.raw('coalesce(playable_at, now())'),
    uploaded_at: knex.raw('coalesce(uploaded_at, now())'),
  });

/** The original MP4 is being made. */
export const markPostProcessing = (knex: Knex, id: number): Promise<void> =>
  move(knex, id, UNFINISHED, { state: 'PROCESSING', failure: null });

/** The original MP4 is made and verified. */
export const markPostOriginal = (
  knex: Knex,
  id: number,
  original: { bytes: number; durationMs: number },
): Promise<void> =>
  move(knex, id, UNFINISHED, { original_bytes: original.bytes, duration_ms: original.durationMs });

/** The renditions are made and verified; nobody is shown them yet. */
export const markPostLadder = (knex: Knex, id: number, renditions: readonly PostRendition[]): Promise<void> =>
  move(knex, id, UNFINISHED, { renditions: JSON.stringify(renditions) });

export const markPostProcessed = (knex: Knex, id: number): Promise<void> =>
  move(knex, id, UNFINISHED, { state: 'PROCESSED', failure: null });

/** `failure` is for people. What is playable stays playable. */
export const markPostFailed = (knex: Knex, id: number, failure: string): Promise<void> =>
  move(knex, id, UNFINISHED, { state: 'FAILED_PROCESSING', failure });

export const postsOfApp = (knex: Knex, appId: number) =>
  knex('video_posts as p')
    .join('apps as a', 'a.id', 'p.app_id')
    .join('members as m', 'm.id', 'p.member_id')
    .join('transcoding_profiles as vp', 'vp.id', 'p.video_profile_id')
    .join('transcoding_profiles as tp', 'tp.id', 'p.thumbnail_profile_id')
    .join('transcoding_profiles as pp', 'pp.id', 'p.preview_profile_id')
    .leftJoin('video_rooms as r', 'r.id', 'p.video_room_id')
    .where({ 'p.app_id': appId, 'p.entity_state': 'ACTIVE' });

export const postDetails = (knex: Knex) => [
  'p.*',
  'a.name as app_name',
  'a.entity_state as app_entity_state',
  'm.entity_state as member_entity_state',
  'm.app_user_id as member_app_user_id',
  'm.app_user_name as member_app_user_name',
  'm.app_user_profile_img_url as member_profile_img_url',
  'r.id as room_id',
  'r.entity_state as room_entity_state',
  'r.type as room_type',
  'r.title as room_title',
  'vp.name as video_profile_name',
  'tp.name as thumbnail_profile_name',
  'pp.name as preview_profile_name',
  countAllowedMembers(knex, 'videoPost', 'p.id'),
  newestUploads(knex, 'p.id'),
];

export function findVideoPost(knex: Knex, appId: number, id: number): Promise<VideoPostDetails | undefined> {
  const post = postsOfApp(knex, appId).andWhere('p.id', id);
  return post.first<VideoPostDetails | undefined>(postDetails(knex));
}

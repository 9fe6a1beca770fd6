import { CodedError, ERRORS, isErrorCode } from '../../domain/errors';
import { renditionUrl, vodFileUrl, vodUrls, type PlaybackBases } from '../../domain/playback-urls';
import type { PostFile } from '../../domain/post-files';
import { isMoviesOnly, moviesOf } from '../../domain/video-profile';
import type { UploadOutcome } from '../../store/uploads';
import type { VideoPostDetails } from '../../store/video-posts';
import { isoOrNull, nestedApp, nestedMember } from './parts';

type FileKind = 'src' | 'thumbnail' | 'preview';

const FILE_TYPES: Record<FileKind, string> = {
  src: 'VIDEO_POST_SRC',
  thumbnail: 'VIDEO_POST_THUMBNAIL',
  preview: 'VIDEO_POST_PREVIEW',
};
/** A post has at most one file of each kind, so its id and the kind make the file's. */
const FILE_NUMBER: Record<FileKind, number> = { src: 1, thumbnail: 2, preview: 3 };
const FILES_A_POST = 10;

const serializeFile = (post: VideoPostDetails, kind: FileKind, file: PostFile, url: string) => ({
  id: post.id * FILES_A_POST + FILE_NUMBER[kind],
  state: post.entity_state,
  type: FILE_TYPES[kind],
  contentType: file.contentType,
  size: file.bytes,
  originalFileName: file.originalName,
  url,
  drm: { isProtected: false, contentId: null },
});

/** A file that was uploaded, or made beside the renditions. */
function postFile(post: VideoPostDetails, kind: FileKind, bases: PlaybackBases) {
  const file = post.files[kind];
  return file ? serializeFile(post, kind, file, vodFileUrl(bases, post.name, file.file)) : null;
}

/** Of a broadcast: the original, once it was made and verified. Of an upload: what was uploaded, once it plays. */
function sourceFile(post: VideoPostDetails, bases: PlaybackBases) {
  if (post.files.src || post.original_bytes === null) return postFile(post, 'src', bases);
  const file = { file: 'original.mp4', originalName: 'original.mp4', contentType: 'video/mp4' };
  return serializeFile(post, 'src', { ...file, bytes: post.original_bytes }, vodUrls(bases, post.name).mp4);
}

const summary = (format: 'CMAF_HLS' | 'CMAF_MPEG_DASH' | 'MP4', url: string, size: number | null) => ({
  format,
  size,
  url,
  masterPlaylistFileId: null,
  masterPlaylistFileIds: [],
  mediaSegmentFileIds: [],
});

/** What can be watched: from the end of the broadcast on, long before original and renditions are made. */
function processedSummaries(post: VideoPostDetails, bases: PlaybackBases) {
  if (post.playable_at === null) return [];
  const urls = vodUrls(bases, post.name);
  // Named once they are swapped in: what is there earlier may still be made anew.
  const renditions = post.state === 'PROCESSED' ? (post.renditions ?? []) : [];
  const bytes = renditions.reduce((sum, { segmentBytes }) => sum + segmentBytes, 0) || null;
  const movies = moviesOf(renditions).map(({ name, mp4Bytes }) =>
    summary('MP4', renditionUrl(bases, post.name, name), mp4Bytes),
  );
  if (isMoviesOnly(renditions)) return movies;
  return [summary('CMAF_HLS', urls.hls, bytes), summary('CMAF_MPEG_DASH', urls.dash, bytes), ...movies];
}

const serializeUpload = ({ kind, state, filename, bytes, failure, last_modified_at: at }: UploadOutcome) => {
  const isRefused = state === 'REFUSED';
  const { code, message } = new CodedError('UPLOAD_REFUSED', failure ?? undefined);
  const error = isRefused ? { code, message, occurredAt: new Date(at).toISOString() } : null;
  return { kind, state, originalFileName: filename, size: bytes, error };
};

/** The code that a failure begins with; what follows is for operators, and may name files. */
const CODE = /^([A-Z_]+)(?:: |$)/;

/** Why it failed. What the caller can mend is said in full. */
function postError({ state, failure }: VideoPostDetails) {
  if (!state.startsWith('FAILED_') || failure === null) return null;
  const code = CODE.exec(failure)?.[1];
  if (isErrorCode(code)) return { code, message: ERRORS[code].message };
  if (state !== 'FAILED_UPLOAD') return { message: ERRORS.INTERNAL_SERVER_ERROR.message };
  const isRefused = failure.startsWith(ERRORS.UPLOAD_REFUSED.message);
  return { ...(isRefused ? { code: 'UPLOAD_REFUSED' } : {}), message: failure };
}

const profilePart = (type: string, id: number, name: string) => ({
  id,
  state: 'ACTIVE' as const,
  type,
  name,
});

const nestedRoom = (post: VideoPostDetails) =>
  post.room_id === null
    ? null
    : { id: post.room_id, state: post.room_entity_state, type: post.room_type, title: post.room_title };

export const serializeVideoPost = (post: VideoPostDetails, bases: PlaybackBases) => ({
  id: post.id,
  state: post.entity_state,
  videoPostState: post.state,
  type: post.type,
  accessLevel: post.access_level,
  app: nestedApp(post),
  member: nestedMember(post),
  creatorType: 'APP' as const,
  creatorId: post.app_id,
  videoRoom: nestedRoom(post),
  title: post.title,
  description: post.description,
  transcodingProfile: {
    video: profilePart('VIDEO', post.video_profile_id, post.video_profile_name),
    preview: profilePart('PREVIEW', post.preview_profile_id, post.preview_profile_name),
    thumbnail: profilePart('THUMBNAIL', post.thumbnail_profile_id, post.thumbnail_profile_name),
  },
  file: {
    src: sourceFile(post, bases),
    processed: [],
    processedSummaries: processedSummaries(post, bases),
    preview: postFile(post, 'preview', bases),
    thumbnail: postFile(post, 'thumbnail', bases),
  },
  uploads: post.uploads.map(serializeUpload),
  error: postError(post),
  customData: post.custom_data,
  stats: { totalMemberWhitelistCount: post.allowed_members },
  uploadedAt: isoOrNull(post.uploaded_at),
  uploadFailedAt: isoOrNull(post.upload_failed_at),
  createdAt: post.created_at.toISOString(),
  lastModifiedAt: post.last_modified_at.toISOString(),
});

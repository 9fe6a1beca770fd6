import { CodedError, ERRORS, isErrorCode } from '../../domain/errors';
import type { PlaybackBases } from '../../domain/playback-urls';
import type { UploadOutcome } from '../../store/uploads';
import type { VideoPostDetails } from '../../store/video-posts';
import { isoOrNull, nestedApp, nestedMember } from './parts';
import { postFile, processedFiles, processedSummaries, sourceFile } from './post-files';

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

const serializeFiles = (post: VideoPostDetails, bases: PlaybackBases) => {
  const files = processedFiles(post, bases);
  const { hls, dash, movies } = files;
  return {
    src: sourceFile(post, bases),
    processed: [...(hls ? [hls] : []), ...(dash ? [dash] : []), ...movies],
    processedSummaries: processedSummaries(post, files, bases),
    preview: postFile(post, 'preview', bases),
    thumbnail: postFile(post, 'thumbnail', bases),
  };
};

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
  file: serializeFiles(post, bases),
  uploads: post.uploads.map(serializeUpload),
  error: postError(post),
  customData: post.custom_data,
  stats: { totalMemberWhitelistCount: post.allowed_members },
  uploadedAt: isoOrNull(post.uploaded_at),
  uploadFailedAt: isoOrNull(post.upload_failed_at),
  createdAt: post.created_at.toISOString(),
  lastModifiedAt: post.last_modified_at.toISOString(),
});

import { renditionUrl, vodUrls, type PlaybackBases } from '../../domain/playback-urls';
import { DEFAULT_VIDEO_PROFILE } from '../../domain/video-profile';
import type { VideoPostDetails } from '../../store/video-posts';
import { isoOrNull, nestedApp, nestedMember } from './parts';

/** The original, once it was made and verified. */
const sourceFile = (post: VideoPostDetails, bases: PlaybackBases) =>
  post.original_bytes === null
    ? null
    : {
        id: post.id,
        state: post.entity_state,
        type: 'VIDEO_POST_SRC',
        contentType: 'video/mp4',
        size: post.original_bytes,
        originalFileName: 'original.mp4',
        url: vodUrls(bases, post.name).mp4,
        drm: { isProtected: false, contentId: null },
      };

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
  // Sound beside a picture is a track of HLS and DASH, and no movie of its own.
  const pictures = renditions.filter(({ height }) => height !== null);
  const movies = pictures.length > 0 ? pictures : renditions;
  return [
    summary('CMAF_HLS', urls.hls, bytes),
    summary('CMAF_MPEG_DASH', urls.dash, bytes),
    ...movies.map(({ name, mp4Bytes }) => summary('MP4', renditionUrl(bases, post.name, name), mp4Bytes)),
  ];
}

/** The one that there is: profiles of an app's own are not built yet. */
const videoProfile = {
  id: DEFAULT_VIDEO_PROFILE.id,
  state: 'ACTIVE' as const,
  type: 'VIDEO',
  name: DEFAULT_VIDEO_PROFILE.name,
};

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
  transcodingProfile: { video: videoProfile, preview: null, thumbnail: null },
  file: {
    src: sourceFile(post, bases),
    processed: [],
    processedSummaries: processedSummaries(post, bases),
    preview: null,
    thumbnail: null,
  },
  customData: post.custom_data,
  stats: { totalMemberWhitelistCount: 0 },
  uploadedAt: isoOrNull(post.uploaded_at),
  uploadFailedAt: isoOrNull(post.upload_failed_at),
  createdAt: post.created_at.toISOString(),
  lastModifiedAt: post.last_modified_at.toISOString(),
});

import { z } from 'zod';
import { POST_STATES } from '../../../domain/video-post-state';
import { appPart, customData, entityState, id, memberPart, time } from './parts';

const profilePart = z.object({ id, state: entityState, type: z.string(), name: z.string() });

const file = z.object({
  id,
  state: entityState,
  type: z.string(),
  contentType: z.string(),
  size: z.int().min(0),
  originalFileName: z.string(),
  url: z.string(),
  drm: z.object({ isProtected: z.boolean(), contentId: z.string().nullable() }),
});

const summary = z.object({
  format: z.enum(['MP4', 'CMAF_HLS', 'CMAF_MPEG_DASH']),
  size: z.int().min(0).nullable(),
  url: z.string(),
  masterPlaylistFileId: id.nullable(),
  masterPlaylistFileIds: z.array(id),
  mediaSegmentFileIds: z.array(id),
});

export const videoPost = z
  .object({
    id,
    state: entityState,
    videoPostState: z.enum(POST_STATES),
    type: z.enum(['LIVE_RECORDED', 'PRE_RECORDED']),
    accessLevel: z.string(),
    app: appPart,
    member: memberPart,
    creatorType: z.enum(['USER', 'APP', 'MEMBER']),
    creatorId: id,
    videoRoom: z
      .object({
        id,
        state: entityState.nullable(),
        type: z.string().nullable(),
        title: z.string().nullable(),
      })
      .nullable(),
    title: z.string(),
    description: z.string().nullable(),
    transcodingProfile: z.object({
      video: profilePart.nullable(),
      preview: profilePart.nullable(),
      thumbnail: profilePart.nullable(),
    }),
    file: z.object({
      src: file.nullable(),
      processed: z.array(file),
      processedSummaries: z.array(summary),
      preview: file.nullable(),
      thumbnail: file.nullable(),
    }),
    customData: customData.nullable(),
    stats: z.object({ totalMemberWhitelistCount: z.int().min(0) }),
    uploadedAt: time.nullable(),
    uploadFailedAt: time.nullable(),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'VideoPost' });

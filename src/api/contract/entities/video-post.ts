import { z } from 'zod';
import { UPLOAD_KINDS, UPLOAD_STATES } from '../../../domain/upload';
import { POST_STATES } from '../../../domain/video-post-state';
import { said } from '../operation';
import { appPart, customData, entityState, id, memberPart, time } from './parts';

const profilePart = z.object({ id, state: entityState, type: z.string(), name: z.string() });

const file = z.object({
  id,
  state: entityState,
  type: z.string(),
  contentType: z.string(),
  size: said(
    z.int().min(0),
    'Bytes; of a master playlist or manifest: of all the segments that it leads to.',
    '바이트. 마스터 플레이리스트 또는 매니페스트의 경우 그것이 가리키는 모든 세그먼트의 크기.',
  ),
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

const failure = z.object({ code: z.string().optional(), message: z.string(), occurredAt: time.optional() });

const upload = z.object({
  kind: z.enum(UPLOAD_KINDS),
  state: said(
    z.enum(UPLOAD_STATES),
    'OPEN: parts come in. COMPLETED: it is being looked at. TAKEN: it is the file of the post. REFUSED: it can not be used, and the post keeps what it had.',
    'OPEN: 업로드 중. COMPLETED: 검사 중. TAKEN: 포스트의 파일이 됨. REFUSED: 사용할 수 없으며 포스트의 기존 파일이 유지됨.',
  ),
  originalFileName: z.string(),
  size: z.int().min(0),
  error: said(failure.nullable(), 'Why it was refused.', '거부된 이유.'),
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
    uploads: said(
      z.array(upload),
      'What came of the newest upload of each file (ours).',
      '파일별 최신 업로드의 결과 (Showrunner 전용).',
    ),
    error: said(
      failure.nullable(),
      'Why uploading, queuing or processing failed, while it is in such a state (ours).',
      '업로드, 대기열 등록 또는 처리가 실패한 이유 (Showrunner 전용).',
    ),
    customData: customData.nullable(),
    stats: z.object({ totalMemberWhitelistCount: z.int().min(0) }),
    uploadedAt: time.nullable(),
    uploadFailedAt: time.nullable(),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'VideoPost' });

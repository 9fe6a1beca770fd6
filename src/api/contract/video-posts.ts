import { z } from 'zod';
import type { UploadKind } from '../../domain/upload';
import {
  completeUploadBody,
  newVideoPostBody,
  uploadRequestBody,
  videoPostPatchBody,
  videoPostsQuery,
} from '../schemas/video-post';
import { CUSTOM_DATA_ERRORS } from './common-errors';
import { pageOf } from './entities/page';
import { uploadUrl } from './entities/upload-url';
import { videoPost } from './entities/video-post';
import { operation, type Text } from './operation';
import { POST_PATH } from './shared';

const ID = 'AppsServerApiVideoPostsController_';
const tag = 'videoPosts';

const FILES: Record<UploadKind, { text: Text; example: object }> = {
  src: {
    text: { en: 'the source', ko: '원본' },
    example: { filename: 'talk.mp4', size: 73_400_320, contentType: 'video/mp4', multipartCount: 7 },
  },
  thumbnail: {
    text: { en: 'the thumbnail', ko: '썸네일' },
    example: { filename: 'talk.jpg', size: 81_920, contentType: 'image/jpeg' },
  },
  preview: {
    text: { en: 'the preview', ko: '미리보기' },
    example: { filename: 'talk-preview.mp4', size: 512_000, contentType: 'video/mp4' },
  },
};

const URLS = [
  {
    partNumber: 1,
    uploadUrl: 'https://media.example.com/uploads/4Zq…/1?bytes=10485760&expires=1795262400&signature=5f0c…',
  },
];

const requestUrls = <const I extends string, const P extends `/${string}`, const A extends `/${string}`>(
  kind: UploadKind,
  at: { id: I; path: P; alsoAt?: readonly A[] },
) =>
  operation({
    ...at,
    tag,
    method: 'post',
    summary: {
      en: `Request URLs to upload ${FILES[kind].text.en}`,
      ko: `${FILES[kind].text.ko} 업로드 URL 요청`,
    },
    description: {
      en: 'PUT each part to its URL, in any order, and keep the ETag of each answer. URLs are valid for an hour: asked again with the same size and number of parts, they are renewed, and finished parts are kept. What is not completed goes after 24 hours.',
      ko: '각 파트를 순서와 관계없이 해당 URL로 PUT하고 응답의 ETag를 보관합니다. URL은 한 시간 동안 유효하며, 같은 크기와 파트 수로 다시 요청하면 갱신되고 완료된 파트는 유지됩니다. 완료하지 않은 업로드는 24시간 후 삭제됩니다.',
    },
    body: uploadRequestBody(kind),
    bodyExample: FILES[kind].example,
    answer: { status: 200, schema: z.array(uploadUrl), example: URLS },
    errors: [
      'VIDEO_POST_NOT_FOUND',
      ...(kind === 'src' ? (['VIDEO_POST_STATE_NOT_AWAITING_UPLOAD'] as const) : []),
    ],
    secretAnswer: true,
  });

const complete = <const I extends string, const P extends `/${string}`>(
  kind: UploadKind,
  at: { id: I; path: P },
) =>
  operation({
    ...at,
    tag,
    method: 'post',
    summary: {
      en: `Complete the upload of ${FILES[kind].text.en}`,
      ko: `${FILES[kind].text.ko} 업로드 완료`,
    },
    description: {
      en: 'Names every part with its ETag, in any order. The file is looked at next: `uploads` of the post tells what came of it. Repeated, it changes nothing; once the file was refused it says UPLOAD_REFUSED.',
      ko: '모든 파트를 ETag와 함께 순서와 관계없이 보냅니다. 이후 파일을 검사하며 결과는 포스트의 `uploads`에 표시됩니다. 반복해도 변하는 것이 없고, 파일이 거부된 뒤에는 UPLOAD_REFUSED로 응답합니다.',
    },
    body: completeUploadBody,
    bodyExample: [{ partNumber: 1, eTag: '"9e107d9d372bb6826bd81d3542a419d6"' }],
    answer: { status: 204 },
    errors: ['VIDEO_POST_NOT_FOUND', 'UPLOAD_NOT_FOUND', 'UPLOAD_PARTS_MISMATCH', 'UPLOAD_REFUSED'],
  });

/** Video posts: what can be watched on demand, made of a broadcast or of an uploaded file. */
export const videoPostsContract = {
  createVideoPost: operation({
    id: `${ID}createVideoPost`,
    tag,
    method: 'post',
    path: '/video-posts',
    summary: { en: 'Create a video post', ko: '비디오 포스트 생성' },
    description: {
      en: 'Its file is uploaded next; until then it is CREATED.',
      ko: '다음으로 파일을 업로드합니다. 그 전까지 상태는 CREATED입니다.',
    },
    body: newVideoPostBody,
    bodyExample: {
      appUserId: 'alice',
      title: 'My talk',
      videoProfileId: 6,
      customData: { course: 'ts-101' },
    },
    answer: { status: 201, schema: videoPost },
    errors: [
      'EMPTY_APP_USER_ID',
      'INVALID_APP_USER_ID_FORMAT',
      'MEMBER_NOT_FOUND',
      'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
    ],
  }),
  listVideoPosts: operation({
    id: `${ID}listVideoPosts`,
    tag,
    method: 'get',
    path: '/video-posts',
    summary: { en: 'List video posts', ko: '비디오 포스트 목록 조회' },
    description: {
      en: 'Also filtered by custom data: `customData.<name>=<value>`, as often as needed.',
      ko: '사용자 정의 데이터로도 거를 수 있습니다: `customData.<이름>=<값>`, 여러 번 가능.',
    },
    query: videoPostsQuery,
    answer: { status: 200, schema: pageOf(videoPost) },
    errors: CUSTOM_DATA_ERRORS,
  }),
  getVideoPost: operation({
    id: `${ID}getVideoPost`,
    tag,
    method: 'get',
    path: POST_PATH,
    summary: { en: 'Get a video post', ko: '비디오 포스트 조회' },
    answer: { status: 200, schema: videoPost },
    errors: ['VIDEO_POST_NOT_FOUND'],
  }),
  updateVideoPost: operation({
    id: `${ID}updateVideoPost`,
    tag,
    method: 'patch',
    path: POST_PATH,
    summary: { en: 'Update a video post', ko: '비디오 포스트 수정' },
    description: {
      en: 'Absent fields are left as they are, null removes. Profiles can be changed until transcoding begins.',
      ko: '보내지 않은 필드는 그대로이고 null은 제거합니다. 프로파일은 변환이 시작되기 전까지 바꿀 수 있습니다.',
    },
    body: videoPostPatchBody,
    bodyExample: { title: 'My talk, take two', description: null },
    answer: { status: 200, schema: videoPost },
    errors: ['VIDEO_POST_NOT_FOUND', 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND', 'VIDEO_POST_TRANSCODING_BEGUN'],
  }),
  deleteVideoPost: operation({
    id: `${ID}deleteVideoPost`,
    tag,
    method: 'delete',
    path: POST_PATH,
    summary: { en: 'Delete a video post', ko: '비디오 포스트 삭제' },
    description: {
      en: 'Its files go too. Refused while it is processed, and while its room is live or being archived.',
      ko: '파일도 함께 삭제됩니다. 처리 중이거나 룸이 라이브 또는 보관 중이면 거부됩니다.',
    },
    answer: { status: 204 },
    errors: ['VIDEO_POST_NOT_FOUND', 'VIDEO_POST_IN_USE'],
  }),
  retryVideoPost: operation({
    id: `${ID}retryVideoPost`,
    tag,
    method: 'post',
    path: `${POST_PATH}/retry`,
    summary: { en: 'Retry a failed video post (ours)', ko: '실패한 비디오 포스트 재시도 (Showrunner 전용)' },
    description: {
      en: 'Queues a post in FAILED_QUEUING or FAILED_PROCESSING once more.',
      ko: 'FAILED_QUEUING 또는 FAILED_PROCESSING 상태의 포스트를 다시 대기열에 넣습니다.',
    },
    answer: { status: 200, schema: videoPost },
    errors: [
      'VIDEO_POST_NOT_FOUND',
      'VIDEO_POST_STATE_NOT_FAILED',
      'COMMAND_DEADLINE_PASSED',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  requestVideoPostUploadUrls: requestUrls('src', {
    id: `${ID}requestVideoPostUploadUrls`,
    path: `${POST_PATH}/src-file/request-upload-urls`,
  }),
  completeVideoPostUploads: complete('src', {
    id: `${ID}completeVideoPostUploads`,
    path: `${POST_PATH}/src-file/complete-upload`,
  }),
  requestVideoPostThumbnailUploadUrl: requestUrls('thumbnail', {
    id: `${ID}requestVideoPostThumbnailUploadUrl`,
    path: `${POST_PATH}/thumbnail-file/request-upload-url`,
    alsoAt: [`${POST_PATH}/thumbnail-file/request-upload-urls`],
  }),
  completeVideoPostThumbnailUpload: complete('thumbnail', {
    id: `${ID}completeVideoPostThumbnailUpload`,
    path: `${POST_PATH}/thumbnail-file/complete-upload`,
  }),
  requestVideoPostPreviewUploadUrl: requestUrls('preview', {
    id: `${ID}requestVideoPostPreviewUploadUrl`,
    path: `${POST_PATH}/preview-file/request-upload-url`,
    alsoAt: [`${POST_PATH}/preview-file/request-upload-urls`],
  }),
  completeVideoPostPreviewUpload: complete('preview', {
    id: `${ID}completeVideoPostPreviewUpload`,
    path: `${POST_PATH}/preview-file/complete-upload`,
  }),
} as const;

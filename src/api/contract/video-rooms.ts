import { newVideoRoomBody, videoRoomsQuery } from '../schemas/video-room';
import { pageOf } from './entities/page';
import { videoRoom } from './entities/video-room';
import { operation } from './operation';

/** Video rooms of the app. */
export const videoRoomsContract = {
  createVideoRoom: operation({
    id: 'AppsServerApiVideoRoomsController_createVideoRoom',
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms',
    summary: { en: 'Create a video room', ko: '비디오룸 생성' },
    body: newVideoRoomBody,
    bodyExample: { appUserId: 'alice', type: 'BROADCAST_RTMP', scheduledAt: '2026-11-21T12:00:00Z' },
    answer: { status: 201, schema: videoRoom },
    errors: [
      'EMPTY_VIDEO_ROOM_APP_USER_ID',
      'EMPTY_VIDEO_ROOM_TYPE',
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
      'MEMBER_NOT_FOUND',
    ],
  }),
  listVideoRooms: operation({
    id: 'AppsServerApiVideoRoomsController_listVideoRooms',
    tag: 'videoRooms',
    method: 'get',
    path: '/video-rooms',
    summary: { en: 'List video rooms', ko: '비디오룸 목록 조회' },
    query: videoRoomsQuery,
    answer: { status: 200, schema: pageOf(videoRoom) },
    errors: [],
  }),
  getVideoRoom: operation({
    id: 'AppsServerApiVideoRoomsController_getVideoRoom',
    tag: 'videoRooms',
    method: 'get',
    path: '/video-rooms/{videoRoomId}',
    summary: { en: 'Get a video room', ko: '비디오룸 조회' },
    answer: { status: 200, schema: videoRoom },
    errors: ['VIDEO_ROOM_NOT_FOUND'],
  }),
  startRtmpBroadcast: operation({
    id: 'AppsServerApiVideoRoomsController_startRtmpBroadcast',
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms/{videoRoomId}/rtmp-broadcast/state/live',
    alsoAt: ['/video-rooms/{videoRoomId}/start'],
    summary: { en: 'Go live', ko: '라이브 방송 시작' },
    answer: { status: 200, schema: videoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP',
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
      'STREAM_KEY_STATE_NOT_ACTIVE',
      'REQUEST_LOCKED',
      'MEDIA_SERVICE_INTERNAL_SERVER_ERROR',
    ],
  }),
  endRtmpBroadcast: operation({
    id: 'AppsServerApiVideoRoomsController_endRtmpBroadcast',
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended',
    alsoAt: ['/video-rooms/{videoRoomId}/end'],
    summary: { en: 'End the broadcast', ko: '라이브 방송 종료' },
    answer: { status: 200, schema: videoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP',
      'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
      'STREAM_KEY_STATE_NOT_INACTIVE_LIVE',
      'REQUEST_LOCKED',
      'MEDIA_SERVICE_INTERNAL_SERVER_ERROR',
    ],
  }),
  cancelRtmpBroadcast: operation({
    id: 'AppsServerApiVideoRoomsController_cancelRtmpBroadcast',
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled',
    summary: { en: 'Cancel a scheduled broadcast', ko: '예정된 방송 취소' },
    answer: { status: 200, schema: videoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP',
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
      'REQUEST_LOCKED',
    ],
  }),
} as const;

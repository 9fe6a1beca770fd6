import type { ErrorCode } from '../../domain/errors';
import { newVideoRoomBody, roomEventsQuery, videoRoomChanges, videoRoomsQuery } from '../schemas/video-room';
import { pageOf } from './entities/page';
import { roomEvents } from './entities/room-event';
import { videoRoom } from './entities/video-room';
import { operation } from './operation';
import { ROOM_PATH } from './shared';

const id = (name: string) => `AppsServerApiVideoRoomsController_${name}`;
const COMMANDS = `${ROOM_PATH}/rtmp-broadcast/state` as const;

/** What refuses a command to a room; `ofState` by the state of room or key. */
const commandErrors = (...ofState: ErrorCode[]): ErrorCode[] => [
  'VIDEO_ROOM_NOT_FOUND',
  'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP',
  ...ofState,
  'REQUEST_LOCKED',
  'COMMAND_DEADLINE_PASSED',
  'CONTROL_PLANE_UNAVAILABLE',
];

/** Video rooms of the app. */
export const videoRoomsContract = {
  createVideoRoom: operation({
    id: id('createVideoRoom'),
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms',
    summary: { en: 'Create a video room', ko: '비디오룸 생성' },
    description: {
      en: 'A room of type BROADCAST_RTMP needs `scheduledAt` and can go live. Rooms of the other types are kept and shown; they have no start and no end.',
      ko: 'BROADCAST_RTMP 타입은 `scheduledAt`이 필요하며 라이브를 시작할 수 있습니다. 다른 타입은 저장·조회만 되며 시작과 종료가 없습니다.',
    },
    body: newVideoRoomBody,
    bodyExample: { appUserId: 'alice', type: 'BROADCAST_RTMP', scheduledAt: '2026-11-21T12:00:00Z' },
    answer: { status: 201, schema: videoRoom },
    errors: [
      'EMPTY_VIDEO_ROOM_APP_USER_ID',
      'EMPTY_VIDEO_ROOM_TYPE',
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
      'INVALID_APP_USER_ID_FORMAT',
      'MEMBER_NOT_FOUND',
      'MEMBER_IS_GUEST',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  listVideoRooms: operation({
    id: id('listVideoRooms'),
    tag: 'videoRooms',
    method: 'get',
    path: '/video-rooms',
    summary: { en: 'List video rooms', ko: '비디오룸 목록 조회' },
    query: videoRoomsQuery,
    answer: { status: 200, schema: pageOf(videoRoom) },
    errors: [],
  }),
  getVideoRoom: operation({
    id: id('getVideoRoom'),
    tag: 'videoRooms',
    method: 'get',
    path: ROOM_PATH,
    summary: { en: 'Get a video room', ko: '비디오룸 조회' },
    answer: { status: 200, schema: videoRoom },
    errors: ['VIDEO_ROOM_NOT_FOUND'],
  }),
  updateVideoRoom: operation({
    id: id('updateVideoRoom'),
    tag: 'videoRooms',
    method: 'patch',
    path: ROOM_PATH,
    summary: { en: 'Change a video room', ko: '비디오룸 수정' },
    description: {
      en: 'A field that is absent is left as it is; null removes it. `scheduledAt` can be changed while the room is SCHEDULED. `reconnectWindow` may be changed at any time: it counts from the last drop.',
      ko: '없는 필드는 그대로 두고, null이면 제거합니다. `scheduledAt`은 SCHEDULED 상태에서만 수정할 수 있습니다. `reconnectWindow`는 언제든 수정할 수 있으며 마지막 연결 끊김부터 계산합니다.',
    },
    body: videoRoomChanges,
    bodyExample: { title: 'Finals', accessLevel: 'MEMBER', description: null },
    answer: { status: 200, schema: videoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  deleteVideoRoom: operation({
    id: id('deleteVideoRoom'),
    tag: 'videoRooms',
    method: 'delete',
    path: ROOM_PATH,
    summary: { en: 'Delete a video room', ko: '비디오룸 삭제' },
    description: {
      en: 'A scheduled broadcast is cancelled first; a live one is refused. Its video post stays until that is deleted itself; recordings without one are removed from storage.',
      ko: '예정된 방송은 먼저 취소되며, 라이브 중이면 거부됩니다. 비디오 포스트는 별도로 삭제할 때까지 남고, 포스트가 없는 녹화는 저장소에서 제거됩니다.',
    },
    answer: { status: 204 },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'VIDEO_ROOM_IS_LIVE',
      'VIDEO_ROOM_IS_ARCHIVING',
      'REQUEST_LOCKED',
      'COMMAND_DEADLINE_PASSED',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  listVideoRoomEvents: operation({
    id: id('listVideoRoomEvents'),
    tag: 'videoRooms',
    method: 'get',
    path: `${ROOM_PATH}/events`,
    summary: { en: "Read a video room's log", ko: '비디오룸 이벤트 로그 조회' },
    description: {
      en: 'Each transition of the room, numbered 1, 2, 3, … without a gap. Ask again with the last number that you have as `after`; you have them all when that is `last`.',
      ko: '비디오룸의 모든 상태 전이를 빈 번호 없이 1, 2, 3, … 순서로 제공합니다. 마지막으로 받은 번호를 `after`로 다시 요청하고, 그 번호가 `last`와 같으면 모두 받은 것입니다.',
    },
    query: roomEventsQuery,
    answer: { status: 200, schema: roomEvents },
    errors: ['VIDEO_ROOM_NOT_FOUND'],
  }),
  startRtmpBroadcast: operation({
    id: id('startRtmpBroadcast'),
    tag: 'videoRooms',
    method: 'post',
    path: `${COMMANDS}/live`,
    alsoAt: [`${ROOM_PATH}/start`],
    summary: { en: 'Go live', ko: '라이브 방송 시작' },
    answer: { status: 200, schema: videoRoom },
    errors: commandErrors('VIDEO_ROOM_STATE_NOT_SCHEDULED', 'STREAM_KEY_STATE_NOT_ACTIVE'),
  }),
  endRtmpBroadcast: operation({
    id: id('endRtmpBroadcast'),
    tag: 'videoRooms',
    method: 'post',
    path: `${COMMANDS}/ended`,
    alsoAt: [`${ROOM_PATH}/end`],
    summary: { en: 'End the broadcast', ko: '라이브 방송 종료' },
    answer: { status: 200, schema: videoRoom },
    errors: commandErrors('VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE', 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE'),
  }),
  cancelRtmpBroadcast: operation({
    id: id('cancelRtmpBroadcast'),
    tag: 'videoRooms',
    method: 'post',
    path: `${COMMANDS}/cancelled`,
    summary: { en: 'Cancel a scheduled broadcast', ko: '예정된 방송 취소' },
    answer: { status: 200, schema: videoRoom },
    errors: commandErrors('VIDEO_ROOM_STATE_NOT_SCHEDULED'),
  }),
} as const;

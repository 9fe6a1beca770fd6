import { z } from 'zod';
import { MEMBER_ROOM_STATES, myRoomsQuery } from '../schemas/my-room';
import { newOwnVideoRoomBody, videoRoomChanges } from '../schemas/video-room';
import { pageOf } from './entities/page';
import { videoRoom } from './entities/video-room';
import { operation } from './operation';
import { ROOM_PATH } from './shared';

const id = (name: string) => `MembersApiVideoRoomsController_${name}`;
const COMMANDS = `${ROOM_PATH}/rtmp-broadcast/state` as const;

/** As members' clients know it: an archived room is ENDED, and `vodState` says the rest. */
const memberVideoRoom = videoRoom
  .extend({ videoRoomState: z.enum(MEMBER_ROOM_STATES) })
  .meta({ id: 'MemberVideoRoom' });

const SEEN = ['VIDEO_ROOM_NOT_FOUND', 'VIDEO_ROOM_ACCESS_DENIED'] as const;
const COMMAND_ERRORS = [
  'VIDEO_ROOM_NOT_FOUND',
  'MEMBER_IS_GUEST',
  'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP',
  'REQUEST_LOCKED',
  'COMMAND_DEADLINE_PASSED',
  'CONTROL_PLANE_UNAVAILABLE',
] as const;

/** A member's video rooms, and those of others that are open to it. */
export const myRoomsContract = {
  createMyRoom: operation({
    id: id('createVideoRoom'),
    tag: 'videoRooms',
    method: 'post',
    path: '/video-rooms',
    summary: { en: 'Create a video room of my own', ko: '내 비디오룸 생성' },
    body: newOwnVideoRoomBody,
    bodyExample: { type: 'BROADCAST_RTMP', scheduledAt: '2026-11-21T12:00:00Z', title: 'My first show' },
    answer: { status: 201, schema: memberVideoRoom },
    errors: [
      'EMPTY_VIDEO_ROOM_TYPE',
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
      'MEMBER_IS_GUEST',
      'MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  listMyRooms: operation({
    id: id('listVideoRooms'),
    tag: 'videoRooms',
    method: 'get',
    path: '/video-rooms',
    summary: { en: 'List my video rooms', ko: '내 비디오룸 목록 조회' },
    description: {
      en: "With `appUserId`: that member's video rooms, as far as I may watch them.",
      ko: '`appUserId`를 지정하면 해당 멤버의 비디오룸 중 내가 시청할 수 있는 것을 조회합니다.',
    },
    query: myRoomsQuery,
    answer: { status: 200, schema: pageOf(memberVideoRoom) },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  getMyRoom: operation({
    id: id('getVideoRoom'),
    tag: 'videoRooms',
    method: 'get',
    path: ROOM_PATH,
    summary: { en: 'Get a video room', ko: '비디오룸 조회' },
    description: {
      en: 'One of my own, or one that I may watch.',
      ko: '내 비디오룸 또는 내가 시청할 수 있는 비디오룸을 조회합니다.',
    },
    answer: { status: 200, schema: memberVideoRoom },
    errors: SEEN,
  }),
  getMyRoomByUuid: operation({
    id: id('getVideoRoomByUuid'),
    tag: 'videoRooms',
    method: 'get',
    path: '/video-rooms/uuid/{uuid}',
    summary: { en: 'Get a video room by its UUID', ko: 'UUID로 비디오룸 조회' },
    parameters: { uuid: { en: "The video room's `uuid`.", ko: '비디오룸의 `uuid`.' } },
    answer: { status: 200, schema: memberVideoRoom },
    errors: SEEN,
  }),
  updateMyRoom: operation({
    id: id('updateVideoRoom'),
    tag: 'videoRooms',
    method: 'patch',
    path: ROOM_PATH,
    summary: { en: 'Change a video room of my own', ko: '내 비디오룸 수정' },
    description: {
      en: 'What is not sent stays as it is.',
      ko: '보내지 않은 항목은 그대로 유지됩니다.',
    },
    body: videoRoomChanges,
    bodyExample: { title: 'A better title', accessLevel: 'MEMBER' },
    answer: { status: 200, schema: memberVideoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'MEMBER_IS_GUEST',
      'VIDEO_ROOM_STATE_NOT_SCHEDULED',
      'EMPTY_VIDEO_ROOM_SCHEDULED_AT',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  deleteMyRoom: operation({
    id: id('deleteVideoRoom'),
    tag: 'videoRooms',
    method: 'delete',
    path: ROOM_PATH,
    summary: { en: 'Delete a video room of my own', ko: '내 비디오룸 삭제' },
    description: {
      en: 'A scheduled one is cancelled first. The answer shows it as it was, DELETED.',
      ko: '예정된 비디오룸은 먼저 취소됩니다. 응답은 DELETED 상태의 비디오룸입니다.',
    },
    answer: { status: 200, schema: memberVideoRoom },
    errors: [
      'VIDEO_ROOM_NOT_FOUND',
      'MEMBER_IS_GUEST',
      'VIDEO_ROOM_IS_LIVE',
      'VIDEO_ROOM_IS_ARCHIVING',
      'REQUEST_LOCKED',
      'COMMAND_DEADLINE_PASSED',
      'CONTROL_PLANE_UNAVAILABLE',
    ],
  }),
  startMyRoom: operation({
    id: id('startVideoRoom'),
    tag: 'videoRooms',
    method: 'post',
    path: `${ROOM_PATH}/start`,
    alsoAt: [`${COMMANDS}/live`],
    summary: { en: 'Go live', ko: '라이브 방송 시작' },
    answer: { status: 200, schema: memberVideoRoom },
    errors: [...COMMAND_ERRORS, 'VIDEO_ROOM_STATE_NOT_SCHEDULED', 'STREAM_KEY_STATE_NOT_ACTIVE'],
  }),
  endMyRoom: operation({
    id: id('endVideoRoom'),
    tag: 'videoRooms',
    method: 'post',
    path: `${ROOM_PATH}/end`,
    alsoAt: [`${COMMANDS}/ended`],
    summary: { en: 'End the broadcast', ko: '라이브 방송 종료' },
    answer: { status: 200, schema: memberVideoRoom },
    errors: [...COMMAND_ERRORS, 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE', 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE'],
  }),
  cancelMyRoom: operation({
    id: id('cancelVideoRoom'),
    tag: 'videoRooms',
    method: 'post',
    path: `${COMMANDS}/cancelled`,
    summary: { en: 'Cancel a scheduled broadcast', ko: '예정된 방송 취소' },
    answer: { status: 200, schema: memberVideoRoom },
    errors: [...COMMAND_ERRORS, 'VIDEO_ROOM_STATE_NOT_SCHEDULED'],
  }),
} as const;

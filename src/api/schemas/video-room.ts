import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { ROOM_STATES } from '../../domain/video-room/machine';
import { ROOM_TYPES, RTMP_ROOM_TYPE, type RoomType } from '../../domain/video-room/types';
import { ROOM_SORTS } from '../../store/list-video-rooms';
import { said } from '../contract/operation';
import {
  accessLevel,
  appUserId,
  customData,
  customType,
  description,
  isMissing,
  isoTime,
  text,
  title,
} from './fields';
import { idFilter, optional, pageQuery, textFilter, wholeNumber } from './page';

/** A broadcast that is away for a day is over. */
const MAX_RECONNECT_WINDOW_SECONDS = 24 * 60 * 60;
/** People type it; hashing takes any length. */
const MAX_PASSWORD_CHARACTERS = 100;
const DEFAULT_EVENTS = 100;
/** A show with 100 drops has some 400 events. */
const MAX_EVENTS = 1_000;

const code = (name: ErrorCode): ErrorCode => name;

const roomType = z.enum(ROOM_TYPES, {
  error: (issue) =>
    isMissing(issue.input) ? code('EMPTY_VIDEO_ROOM_TYPE') : `takes ${ROOM_TYPES.join(', ')}`,
});

const reconnectWindow = z
  .int('takes whole seconds')
  .min(1, `takes 1 to ${MAX_RECONNECT_WINDOW_SECONDS} seconds`)
  .max(MAX_RECONNECT_WINDOW_SECONDS, `takes 1 to ${MAX_RECONNECT_WINDOW_SECONDS} seconds`);

/** An empty one is none. */
const password = z.preprocess(
  (value) => (value === '' ? null : value),
  text(MAX_PASSWORD_CHARACTERS).nullish(),
);
const flag = z.boolean('takes true or false');

/** What can be said of a room when it is made, and changed later. */
const describing = {
  title: title.nullish(),
  description: description.nullish(),
  accessLevel: said(
    accessLevel.nullish(),
    'Who may watch. PUBLIC where nothing is said.',
    '시청 가능한 대상. 지정하지 않으면 PUBLIC입니다.',
    'PUBLIC',
  ),
  customType: customType.nullish(),
  customData: customData.nullish(),
  reconnectWindow: said(
    reconnectWindow.nullish(),
    'Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.',
    '인코더 연결이 끊긴 뒤 비디오룸이 자동 종료되기까지의 시간(초). null이면 앱 설정을 따릅니다.',
    60,
  ),
  password: said(
    password,
    'Asked of members who join the channel. Never shown again; null or an empty text removes it.',
    '채널 입장 시 필요한 비밀번호. 다시 조회할 수 없으며, null 또는 빈 문자열이면 제거됩니다.',
    'open sesame',
  ),
  manuallyApproval: said(
    flag.nullish(),
    'Stored and shown in `policy`: participants wait until they are approved.',
    '`policy`에 저장·표시됩니다: 참여자는 승인될 때까지 대기합니다.',
    false,
  ),
  canAutoRoomCompositeRecording: said(
    flag.nullish(),
    'Stored and shown in `policy`: the whole room is recorded by itself.',
    '`policy`에 저장·표시됩니다: 비디오룸 전체가 자동으로 녹화됩니다.',
    false,
  ),
};

const scheduledAt = said(
  isoTime('EMPTY_VIDEO_ROOM_SCHEDULED_AT').nullish(),
  'ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.',
  'ISO 8601 시각, 오프셋이 없으면 UTC. BROADCAST_RTMP는 필수입니다.',
  '2026-11-21T12:00:00Z',
);

/** Whoever makes the room. */
const newRoomFields = { type: roomType, scheduledAt, ...describing };

function needsTime(
  room: { type: RoomType; scheduledAt?: Date | null },
  context: z.core.$RefinementCtx,
): void {
  if (room.type === RTMP_ROOM_TYPE && !room.scheduledAt)
    context.addIssue({
      code: 'custom',
      path: ['scheduledAt'],
      message: code('EMPTY_VIDEO_ROOM_SCHEDULED_AT'),
    });
}

/** POST /video-rooms by the app. `reconnectWindow` is ours. Other fields are ignored. */
export const newVideoRoomBody = z
  .object({ appUserId: appUserId('EMPTY_VIDEO_ROOM_APP_USER_ID'), ...newRoomFields })
  .superRefine(needsTime);

/** POST /video-rooms by a member, for itself. */
export const newOwnVideoRoomBody = z.object(newRoomFields).superRefine(needsTime);

/**
 * PATCH /video-rooms/{id}. Absent: unchanged; null: removed. The access level and the two flags have no "none": null leaves them
 * as they are, since a room must not become public by a field that was left empty.
 */
export const videoRoomChanges = z.object({ ...describing, scheduledAt });

/** GET /video-rooms/{id}/events */
export const roomEventsQuery = z.object({
  after: said(
    optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)).transform((after) => after ?? 0),
    'Number of the last event that is known already.',
    '이미 알고 있는 마지막 이벤트 번호.',
    0,
  ),
  limit: said(
    optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)).transform((limit) =>
      Math.min(limit ?? DEFAULT_EVENTS, MAX_EVENTS),
    ),
    'Events of one answer, 100 by default. More than 1,000 counts as 1,000.',
    '한 번에 받을 이벤트 수, 기본값 100. 1,000을 초과하면 1,000으로 처리됩니다.',
    100,
  ),
});

/** GET /video-rooms. */
export const videoRoomsQuery = z.object({
  ...pageQuery(ROOM_SORTS),
  memberId: idFilter(),
  appUserId: optional(text(64)),
  keyword: said(textFilter(), 'Part of the title.', '제목의 일부.', 'finals'),
  videoRoomState: optional(z.enum(ROOM_STATES, `takes ${ROOM_STATES.join(', ')}`)),
  type: optional(z.enum(ROOM_TYPES, `takes ${ROOM_TYPES.join(', ')}`)),
  accessLevel: optional(accessLevel),
});

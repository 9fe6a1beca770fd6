import { z } from 'zod';
import { ACCESS_LEVELS } from '../../domain/access';
import type { ErrorCode } from '../../domain/errors';
import { ROOM_STATES } from '../../domain/video-room/machine';
import { ROOM_SORTS } from '../../store/list-video-rooms';
import { appUserId, customData, customType, description, isMissing, isoTime, text, title } from './fields';
import { idFilter, optional, pageQuery, textFilter } from './page';

export const ROOM_TYPE = 'BROADCAST_RTMP';
/** A broadcast that is away for a day is over. */
const MAX_RECONNECT_WINDOW_SECONDS = 24 * 60 * 60;

const code = (name: ErrorCode): ErrorCode => name;
const accessLevel = z.enum(ACCESS_LEVELS, `takes ${ACCESS_LEVELS.join(', ')}`);

const roomType = z
  .string({
    error: (issue) => (isMissing(issue.input) ? code('EMPTY_VIDEO_ROOM_TYPE') : `takes ${ROOM_TYPE}`),
  })
  .min(1, code('EMPTY_VIDEO_ROOM_TYPE'))
  .refine((value) => value === ROOM_TYPE, code('VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'));

const reconnectWindow = z
  .int('takes whole seconds')
  .min(1, `takes 1 to ${MAX_RECONNECT_WINDOW_SECONDS} seconds`)
  .max(MAX_RECONNECT_WINDOW_SECONDS, `takes 1 to ${MAX_RECONNECT_WINDOW_SECONDS} seconds`);

/** POST /video-rooms. `reconnectWindow` (seconds) is ours. Other fields are ignored. */
export const newVideoRoomBody = z.object({
  appUserId: appUserId('EMPTY_VIDEO_ROOM_APP_USER_ID'),
  type: roomType,
  scheduledAt: isoTime('EMPTY_VIDEO_ROOM_SCHEDULED_AT'),
  title: title.nullish(),
  description: description.nullish(),
  accessLevel: accessLevel.nullish(),
  customType: customType.nullish(),
  customData: customData.nullish(),
  reconnectWindow: reconnectWindow.nullish(),
});

/** GET /video-rooms. */
export const videoRoomsQuery = z.object({
  ...pageQuery(ROOM_SORTS),
  memberId: idFilter(),
  appUserId: optional(text(64)),
  keyword: textFilter(),
  videoRoomState: optional(z.enum(ROOM_STATES, `takes ${ROOM_STATES.join(', ')}`)),
  type: optional(text(64)),
  accessLevel: optional(accessLevel),
});

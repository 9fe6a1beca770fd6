import { z } from 'zod';
import { ACCESS_LEVELS } from '../../domain/access';
import type { ErrorCode } from '../../domain/errors';
import { ROOM_STATES } from '../../domain/video-room/machine';
import { ROOM_SORTS } from '../../store/list-video-rooms';
import { appUserId, customData, customType, description, isMissing, isoTime, text, title } from './fields';

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

/** FlipFlop's samples use 10. */
const DEFAULT_PAGE_SIZE = 10;
/** What one answer may cost us. */
const MAX_PAGE_SIZE = 100;
/** Deeper pages would make Postgres count through millions of rows. */
const MAX_PAGE = 1_000_000;
const MAX_KEYWORD_CHARACTERS = 255;

/** An empty value of a query is how forms say "not set". */
const unset = (value: unknown): unknown => (value === '' ? undefined : value);
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(unset, schema.optional());

const wholeNumber = (min: number, max: number) => {
  const message = `takes a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^[0-9]{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
};

/** GET /video-rooms. Pages count from 0. */
export const videoRoomsQuery = z.object({
  page: optional(wholeNumber(0, MAX_PAGE)).transform((page) => page ?? 0),
  pageSize: optional(wholeNumber(1, MAX_PAGE_SIZE)).transform((size) => size ?? DEFAULT_PAGE_SIZE),
  sortBy: optional(z.enum(ROOM_SORTS, `takes ${ROOM_SORTS.join(', ')}`)).transform(
    (sort) => sort ?? 'CREATED_AT_DESC',
  ),
  memberId: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  appUserId: optional(text(64)),
  keyword: optional(text(MAX_KEYWORD_CHARACTERS)),
  videoRoomState: optional(z.enum(ROOM_STATES, `takes ${ROOM_STATES.join(', ')}`)),
  type: optional(text(64)),
  accessLevel: optional(accessLevel),
});

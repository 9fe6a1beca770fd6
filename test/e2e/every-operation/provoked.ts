import { z } from 'zod';
import type { Operation } from '../../../src/api/contract/operation';
import { isErrorCode, type ErrorCode } from '../../../src/domain/errors';
import type { Input } from './caller';
import { publishedOf } from './coverage';

/** Of no entity. */
const UNKNOWN_ID = '999999999';
const NOBODY = 'nobody';

/** A path that fits, of things that are not there. */
export const somewhere = (operation: Operation): NonNullable<Input['path']> =>
  Object.fromEntries(
    [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      /^(app|target)|words|uuid/.test(name) ? NOBODY : UNKNOWN_ID,
    ]),
  );

/** A request that passes all checks of its form. */
export const wellFormed = (operation: Operation): Input => ({
  path: somewhere(operation),
  ...(operation.bodyExample === undefined ? {} : { body: operation.bodyExample }),
});

/** Which parameter of a path names what is then not found. */
const NOT_FOUND: Record<string, ErrorCode> = {
  videoRoomId: 'VIDEO_ROOM_NOT_FOUND',
  uuid: 'VIDEO_ROOM_NOT_FOUND',
  streamKeyId: 'STREAM_KEY_NOT_FOUND',
  videoPostId: 'VIDEO_POST_NOT_FOUND',
  profileId: 'VIDEO_TRANSCODING_PROFILE_NOT_FOUND',
  deliveryId: 'CALLBACK_DELIVERY_NOT_FOUND',
  channelId: 'CHANNEL_NOT_FOUND',
  appUserId: 'MEMBER_NOT_FOUND',
};

/** What a body must have for an error that is told of its form. */
const BODIES: readonly (readonly [ErrorCode, object])[] = [
  ['EMPTY_APP_USER_ID', { appUserId: null }],
  ['INVALID_APP_USER_ID_FORMAT', { appUserId: 'a b' }],
  ['EMPTY_VIDEO_ROOM_APP_USER_ID', { appUserId: '' }],
  ['EMPTY_VIDEO_ROOM_TYPE', { type: null }],
  ['EMPTY_REFRESH_TOKEN', { refreshToken: '' }],
  ['INVALID_REFRESH_TOKEN', { refreshToken: 'rt.none' }],
  ['EMPTY_CHAT_ROOM_MESSAGE_TYPE', { messageType: null }],
  ['EMPTY_CHAT_ROOM_APP_USER_IDS', { appUserIds: [] }],
  ['EMPTY_CHAT_ROOM_WORDS', { words: [] }],
  ['CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED', { customType: 'x'.repeat(51) }],
  [
    'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED',
    { customData: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`k${at}`, 'v'])) },
  ],
  ['CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED', { customData: { ['n'.repeat(51)]: 'v' } }],
  ['CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED', { customData: { name: 'v'.repeat(51) } }],
];

const shapeOf = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/** Does the schema refuse it with INVALID_REQUEST, rather than with a code of its own? */
function isInvalid(schema: z.ZodType, value: unknown): boolean {
  const message = schema.safeParse(value).error?.issues[0]?.message;
  return message !== undefined && !isErrorCode(message);
}

/** A request that breaks a rule without a code of its own: in its body, its query, its Idempotency-Key, or its path. */
function invalid(operation: Operation): Input | null {
  const { body, query, bodyExample, method } = operation;
  const bodies = [[], ...shapeOf(body).map((name) => ({ ...(bodyExample as object), [name]: { a: 1 } }))];
  const wrongBody =
    body && bodies.find((it) => isInvalid(body, it) && Array.isArray(it) === body instanceof z.ZodArray);
  if (wrongBody) return { body: wrongBody };
  const queries = shapeOf(query).map((name) => ({ [name]: '\0' }));
  const wrongQuery = query && queries.find((it) => isInvalid(query, it));
  if (wrongQuery) return { query: wrongQuery };
  if (method === 'post') return { headers: { 'Idempotency-Key': 'a b' } };
  // A list in the path.
  if (operation.path.endsWith('{words}')) return { path: { words: '\0' } };
  return operation.path.endsWith('{appUserId}')
    ? {
        path: {
          ...somewhere(operation),
          appUserId: Array.from({ length: 101 }, (_, at) => `m${at}`).join(','),
        },
      }
    : null;
}

const MEGABYTE = 1024 * 1024;

/** Requests that are refused for what they are, whatever there is: read off the contract. */
export function provoked(operation: Operation): [ErrorCode, Input][] {
  const { errors } = publishedOf(operation);
  const form = wellFormed(operation);
  const found: [ErrorCode, Input][] = [];
  const parameter = /\{(\w+)\}/.exec(operation.path)?.[1];
  const notFound = parameter === undefined ? undefined : NOT_FOUND[parameter];
  if (notFound) found.push([notFound, {}]);
  const fields = shapeOf(operation.body);
  for (const [code, body] of BODIES)
    if (fields.includes(Object.keys(body)[0] ?? ''))
      found.push([code, { body: { ...(operation.bodyExample as object), ...body } }]);
  if (parameter === undefined && fields.includes('appUserId'))
    found.push(['MEMBER_NOT_FOUND', { body: { ...(operation.bodyExample as object), appUserId: NOBODY } }]);
  found.push(['INVALID_HTTP_MESSAGE_BODY', { raw: '{"a": ' }]);
  found.push(['PAYLOAD_TOO_LARGE', { raw: `"${'a'.repeat(MEGABYTE)}"` }]);
  const wrong = invalid(operation);
  if (wrong) found.push(['INVALID_REQUEST', wrong]);
  if (errors.includes('NOT_BUILT_YET')) found.push(['NOT_BUILT_YET', {}]);
  return found
    .filter(([code]) => errors.includes(code))
    .map(([code, input]) => [code, { ...form, ...input, ...(input.raw ? { body: undefined } : {}) }]);
}

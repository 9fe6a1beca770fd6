import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { customData, customType } from '../schemas/fields';
import type { PublishedApi } from './index';
import type { Operation } from './operation';

const EVERY_OPERATION: readonly ErrorCode[] = [
  'TOO_MANY_REQUESTS',
  'ORIGIN_NOT_ALLOWED',
  'INTERNAL_SERVER_ERROR',
  'DATABASE_UNAVAILABLE',
];
const WITH_INPUT: readonly ErrorCode[] = ['INVALID_REQUEST'];
const WITH_BODY: readonly ErrorCode[] = ['INVALID_HTTP_MESSAGE_BODY', 'PAYLOAD_TOO_LARGE'];
/** Of requests with an Idempotency-Key, which must have a form too. */
const WITH_KEY: readonly ErrorCode[] = ['INVALID_REQUEST', 'IDEMPOTENCY_KEY_REUSED', 'REQUEST_LOCKED'];
/** FlipFlop's codes for what a body carries along, by the field's schema. */
export const CUSTOM_DATA_ERRORS = [
  'CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED',
  'CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED',
  'CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED',
] as const satisfies readonly ErrorCode[];
const OF_FIELDS = new Map<z.ZodType, readonly ErrorCode[]>([
  [customType, ['CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED']],
  [customData, CUSTOM_DATA_ERRORS],
]);

const CREDENTIALS: Record<PublishedApi['name'], readonly ErrorCode[]> = {
  'ffc-app-server': ['EMPTY_APP_CREDENTIALS', 'INVALID_APP_CREDENTIALS'],
  'ffc-members': ['EMPTY_ACCESS_TOKEN', 'INVALID_ACCESS_TOKEN', 'EXPIRED_ACCESS_TOKEN'],
};

/** What a field takes, where it is there. */
function required(schema: unknown): unknown {
  const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapped ? required(schema.unwrap()) : schema;
}

const fieldErrors = ({ body }: Operation): ErrorCode[] =>
  body instanceof z.ZodObject
    ? Object.values(body.shape).flatMap((field) => OF_FIELDS.get(required(field) as z.ZodType) ?? [])
    : [];

/** What is not built is never carried out, so no key is kept for it. */
const takesKey = ({ method, errors }: Operation): boolean =>
  method === 'post' && !errors.includes('NOT_BUILT_YET');

/** All errors that an operation can answer: its own, and those that come from what stands before every operation. */
export function errorsOf(api: PublishedApi, operation: Operation): ErrorCode[] {
  return [
    ...new Set([
      ...operation.errors,
      ...fieldErrors(operation),
      ...(operation.body || operation.query ? WITH_INPUT : []),
      ...(operation.body ? WITH_BODY : []),
      ...(takesKey(operation) ? WITH_KEY : []),
      ...(operation.openAt === undefined ? CREDENTIALS[api.name] : []),
      ...EVERY_OPERATION,
    ]),
  ];
}

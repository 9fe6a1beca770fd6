import type { ErrorCode } from '../../domain/errors';
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
/** Of requests with an Idempotency-Key. */
const WITH_KEY: readonly ErrorCode[] = ['IDEMPOTENCY_KEY_REUSED', 'REQUEST_LOCKED'];

const CREDENTIALS: Record<PublishedApi['name'], readonly ErrorCode[]> = {
  'ffc-app-server': ['EMPTY_APP_CREDENTIALS', 'INVALID_APP_CREDENTIALS'],
  'ffc-members': ['EMPTY_ACCESS_TOKEN', 'INVALID_ACCESS_TOKEN', 'EXPIRED_ACCESS_TOKEN'],
};

/** All errors that an operation can answer: its own, and those that come from what stands before every operation. */
export function errorsOf(api: PublishedApi, operation: Operation): ErrorCode[] {
  return [
    ...new Set([
      ...operation.errors,
      ...(operation.body || operation.query ? WITH_INPUT : []),
      ...(operation.body ? WITH_BODY : []),
      ...(operation.method === 'post' ? WITH_KEY : []),
      ...(operation.openAt === undefined ? CREDENTIALS[api.name] : []),
      ...EVERY_OPERATION,
    ]),
  ];
}

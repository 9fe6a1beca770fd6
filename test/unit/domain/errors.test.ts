import { CodedError, ERRORS, isErrorCode, type ErrorCode } from '../../../src/domain/errors';

/** FlipFlop's published codes with their statuses. */
const FLIPFLOP: Partial<Record<ErrorCode, number>> = {
  UNSUPPORTED_HTTP_METHOD: 400,
  INVALID_HTTP_MESSAGE_BODY: 400,
  EMPTY_APP_CREDENTIALS: 401,
  INVALID_APP_CREDENTIALS: 401,
  INTERNAL_SERVER_ERROR: 500,
  EMPTY_APP_USER_ID: 400,
  INVALID_APP_USER_ID_FORMAT: 400,
  CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED: 400,
  CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED: 400,
  CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED: 400,
  CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED: 400,
  MEMBER_NOT_FOUND: 404,
  STREAM_KEY_NOT_FOUND: 404,
  STREAM_KEY_STATE_NOT_INACTIVE: 400,
  STREAM_KEY_STATE_NOT_ACTIVE: 400,
  STREAM_KEY_STATE_NOT_INACTIVE_LIVE: 400,
  EMPTY_VIDEO_ROOM_APP_USER_ID: 400,
  EMPTY_VIDEO_ROOM_TYPE: 400,
  EMPTY_VIDEO_ROOM_SCHEDULED_AT: 400,
  VIDEO_ROOM_NOT_FOUND: 404,
  VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP: 400,
  VIDEO_ROOM_STATE_NOT_SCHEDULED: 400,
  VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE: 400,
  VIDEO_ROOM_ACCESS_DENIED: 403,
  MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY: 400,
  REQUEST_LOCKED: 400,
  MEDIA_SERVICE_INTERNAL_SERVER_ERROR: 500,
  VIDEO_POST_NOT_FOUND: 404,
  CHAT_ROOM_ALREADY_EXISTS: 400,
  EMPTY_CHAT_ROOM_WORDS: 400,
  EMPTY_CHAT_ROOM_MESSAGE_TYPE: 400,
  EMPTY_CHAT_ROOM_APP_USER_IDS: 400,
  CHAT_ROOM_NOT_FOUND: 404,
  CHAT_ROOM_MESSAGE_NOT_FOUND: 404,
};

describe('the catalogue of errors', () => {
  test.each(Object.entries(ERRORS))(
    '%s says status, fault, whether to retry, and a whole sentence',
    (code, spec) => {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(spec.status).toBeGreaterThanOrEqual(400);
      expect(spec.status).toBeLessThan(600);
      expect(['caller', 'destination', 'us']).toContain(spec.fault);
      expect(typeof spec.retryable).toBe('boolean');
      expect(spec.message).toMatch(/^[A-Z`a-z].{10,}\.$/);
    },
  );

  test("a caller's fault is a 4xx, ours a 5xx, but where a media node says that a session is gone", () => {
    for (const [code, spec] of Object.entries(ERRORS)) {
      if (code === 'SESSION_GONE') continue;
      expect([code, spec.status < 500]).toEqual([code, spec.fault === 'caller']);
    }
  });

  test.each(Object.entries(FLIPFLOP))('%s answers %i, as FlipFlop does', (code, status) => {
    expect(ERRORS[code as ErrorCode]?.status).toBe(status);
  });

  test('CodedError carries its code, its status and, where given, what exactly was wrong', () => {
    const plain = new CodedError('MEMBER_NOT_FOUND');
    expect([plain.code, plain.status, plain.message]).toEqual([
      'MEMBER_NOT_FOUND',
      404,
      'There is no such member in this app.',
    ]);
    expect(new CodedError('INVALID_REQUEST', 'title is too long').message).toContain('(title is too long)');
  });

  test('isErrorCode takes our codes alone', () => {
    expect(isErrorCode('MEMBER_NOT_FOUND')).toBe(true);
    expect(['toString', 'constructor', '__proto__', '', 'NOPE', null, 7].some(isErrorCode)).toBe(false);
  });
});

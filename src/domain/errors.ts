/** Whose fault an error is: the caller's request, a destination's answer, or us. */
export type Fault = 'caller' | 'destination' | 'us';

interface ErrorSpec {
  /** HTTP status of the API's answer (FlipFlop: state conflicts are 400). */
  status: number;
  message: string;
  fault: Fault;
  /** True where the same request may succeed later without being changed. */
  retryable: boolean;
}

const caller = (status: number, message: string, retryable = false): ErrorSpec => ({
  status,
  message,
  fault: 'caller',
  retryable,
});
const us = (status: number, message: string, retryable = true): ErrorSpec => ({
  status,
  message,
  fault: 'us',
  retryable,
});

/** Every error, once. Codes marked (ours) are not FlipFlop's; the rest is api/flipflop-api.md section 1.1. */
export const ERRORS = {
  UNSUPPORTED_HTTP_METHOD: caller(400, 'This path does not take that HTTP method.'),
  INVALID_HTTP_MESSAGE_BODY: caller(400, 'The body is not a JSON object. Send one, or none.'),
  INVALID_HTTP_MESSAGE: caller(400, 'This is no HTTP/1.1 request that can be read.'), // ours
  REQUEST_HEADERS_TOO_LARGE: caller(431, 'Request line and headers are too large. Send at most 16 kB.'), // ours
  REQUEST_TIMEOUT: caller(
    408,
    'The request took too long to arrive. Send it again, on a new connection.',
    true,
  ), // ours
  EMPTY_APP_CREDENTIALS: caller(401, 'Send the app credentials as HTTP Basic: API key and API secret.'),
  INVALID_APP_CREDENTIALS: caller(401, 'The API key or the API secret is wrong.'),
  EMPTY_ACCESS_TOKEN: caller(401, "Send the member's access token as a Bearer token."), // ours
  INVALID_ACCESS_TOKEN: caller(
    401,
    'The access token is not valid, or was taken back. Log the member in again.',
  ), // ours
  EXPIRED_ACCESS_TOKEN: caller(401, 'The access token has expired. Refresh it, or log the member in again.'), // ours
  EMPTY_REFRESH_TOKEN: caller(400, 'refreshToken is required.'), // ours
  INVALID_REFRESH_TOKEN: caller(
    401,
    'The refresh token is not valid, was used before, or was taken back. Log the member in again.',
  ), // ours
  EXPIRED_REFRESH_TOKEN: caller(401, 'The refresh token has expired. Log the member in again.'), // ours
  INVALID_STREAMING_TOKEN: caller(401, 'The streaming token is not valid, or was taken back. Get a new one.'), // ours
  EXPIRED_STREAMING_TOKEN: caller(401, 'The streaming token has expired. Get a new one.'), // ours
  MEMBER_IS_GUEST: caller(403, 'A guest has no stream key and no video room. Log in as a member.'), // ours
  INTERNAL_SERVER_ERROR: us(500, 'Something broke on our side. It was logged; try again.'),
  RESOURCE_NOT_FOUND: caller(404, 'There is nothing at this path.'), // ours
  PAYLOAD_TOO_LARGE: caller(413, 'The body is too large.'), // ours
  INVALID_REQUEST: caller(400, 'A field of the request has a value that is not taken.'), // ours
  TOO_MANY_REQUESTS: caller(429, 'Too many requests. Wait as long as Retry-After says.', true), // ours
  ORIGIN_NOT_ALLOWED: caller(403, 'This app takes no requests from that web page (Origin).'), // ours
  IDEMPOTENCY_KEY_REUSED: caller(422, 'This Idempotency-Key was used with another body. Use a new one.'), // ours
  EMPTY_APP_USER_ID: caller(400, 'appUserId is required.'),
  INVALID_APP_USER_ID_FORMAT: caller(400, 'appUserId takes letters, digits, "-" and "_", at most 64.'),
  CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED: caller(400, 'customType takes at most 50 characters.'),
  CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED: caller(400, 'customData takes at most 10 entries.'),
  CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED: caller(
    400,
    'A customData name takes at most 50 characters.',
  ),
  CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED: caller(
    400,
    'A customData value takes at most 50 characters.',
  ),
  MEMBER_NOT_FOUND: caller(404, 'There is no such member in this app.'),
  MEMBER_IN_USE: caller(
    400,
    'The member is broadcasting. Stop the encoder and end the broadcast first; nothing was deleted.',
    true,
  ), // ours
  RELATION_NOT_FOUND: caller(404, 'There is no such relation between these members.'), // ours
  RELATION_TO_ONESELF: caller(400, 'A member can not follow itself, nor be its own friend.'), // ours
  VIDEO_TRANSCODING_PROFILE_NOT_FOUND: caller(404, 'There is no such transcoding profile in this app.'),
  VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP: caller(
    400,
    'A stream key takes a transcoding profile of type BROADCAST_RTMP.',
  ), // ours
  STREAM_KEY_NOT_FOUND: caller(404, 'There is no such stream key in this app.'),
  STREAM_KEY_STATE_NOT_INACTIVE: caller(
    400,
    'The stream key is in use. Stop the encoder and end the broadcast first.',
    true,
  ),
  STREAM_KEY_STATE_NOT_ACTIVE: caller(
    400,
    'The stream key is not ACTIVE. Publish, wait until it is ACTIVE, then go live.',
    true,
  ),
  STREAM_KEY_STATE_NOT_INACTIVE_LIVE: caller(
    400,
    'The encoder is still connected. Stop it first, or force the end.',
    true,
  ),
  EMPTY_VIDEO_ROOM_APP_USER_ID: caller(400, 'appUserId is required: the member who will broadcast.'),
  EMPTY_VIDEO_ROOM_TYPE: caller(400, 'type is required, for example BROADCAST_RTMP.'),
  EMPTY_VIDEO_ROOM_SCHEDULED_AT: caller(400, 'scheduledAt is required, an ISO 8601 time.'),
  VIDEO_ROOM_NOT_FOUND: caller(404, 'There is no such video room in this app.'),
  VIDEO_ROOM_ACCESS_DENIED: caller(403, 'The access level of this video room forbids it.'),
  VIDEO_POST_ACCESS_DENIED: caller(403, 'The access level of this video post forbids it.'), // ours
  EMPTY_STREAMING_TOKEN: caller(
    401,
    'This is not public. Append ?streamingToken= with the token of a login.',
  ), // ours
  MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY: caller(
    400,
    'In this app members can not create video rooms themselves.',
  ),
  VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP: caller(400, 'Only rooms of type BROADCAST_RTMP can do this.'),
  VIDEO_ROOM_STATE_NOT_SCHEDULED: caller(400, 'The video room is not SCHEDULED any more.'),
  VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE: caller(
    400,
    'The video room is not LIVE_INACTIVE. Stop the encoder first, or force the end.',
    true,
  ),
  VIDEO_ROOM_IS_LIVE: caller(400, 'The video room is live. End its broadcast first.', true), // ours
  VIDEO_ROOM_IS_ARCHIVING: caller(
    400,
    'The recording of the video room is being archived. Wait until that is done.',
    true,
  ), // ours
  VIDEO_ROOM_VOD_STATE_NOT_FAILED_ARCHIVING: caller(400, 'Only a failed archive can be retried.'), // ours
  VIDEO_POST_NOT_FOUND: caller(404, 'There is no such video post in this app.'),
  CALLBACK_DELIVERY_NOT_FOUND: caller(404, 'There is no such callback in this app.'), // ours
  CALLBACK_NOT_CONFIGURED: caller(400, 'This app has no callback URL. Set one first.'), // ours
  CHANNEL_NOT_FOUND: caller(404, 'There is no such channel in this app.'), // ours
  CHANNEL_MEMBER_NOT_FOUND: caller(404, 'This member never joined the channel.'), // ours
  CHANNEL_MESSAGE_NOT_FOUND: caller(404, 'There is no such message in this channel.'), // ours
  CHANNEL_STATE_CLOSED: caller(400, 'The channel is closed, since its broadcast is over.'), // ours
  CHANNEL_NOT_JOINED: caller(400, 'Join the channel first.'), // ours
  CHANNEL_MEMBER_BANNED: caller(403, 'An operator has banned this member from the channel.'), // ours
  CHANNEL_OPERATOR_REQUIRED: caller(403, 'Only operators of the channel can do this.'), // ours
  CHANNEL_OWNER_NOT_CHANGEABLE: caller(400, 'The owner of the video room stays an operator of its channel.'), // ours
  EMPTY_CHANNEL_MESSAGE: caller(400, 'A message needs message, customType or customData.'), // ours
  CHAT_MESSAGE_HAS_BANNED_WORD: caller(400, 'The message contains a word that this app has banned.'), // ours
  INVALID_VIDEO_ROOM_PASSWORD: caller(403, 'The password of this video room is wrong or missing.'), // ours
  TOO_MANY_WRONG_PASSWORDS: caller(429, 'Too many wrong passwords. Wait a minute.', true), // ours
  CHAT_ROOM_ALREADY_EXISTS: caller(400, 'This video room has a chat room already.'),
  CHAT_ROOM_NOT_FOUND: caller(404, 'This video room has no chat room. Create it first.'),
  CHAT_ROOM_MESSAGE_NOT_FOUND: caller(404, 'There is no such message in this chat room.'),
  CHAT_ROOM_CLOSED: caller(400, 'The chat room is closed.'), // ours
  EMPTY_CHAT_ROOM_WORDS: caller(400, 'words is required: at least one.'),
  EMPTY_CHAT_ROOM_MESSAGE_TYPE: caller(400, 'messageType is required.'),
  EMPTY_CHAT_ROOM_APP_USER_IDS: caller(400, 'appUserIds is required: at least one.'),
  NOT_BUILT_YET: us(501, 'This call is published by FlipFlop and not built here yet.', false), // ours
  // Video posts and uploads (all ours).
  VIDEO_POST_STATE_NOT_AWAITING_UPLOAD: caller(400, 'The file of this video post is uploaded already.'),
  VIDEO_POST_STATE_NOT_FAILED: caller(
    400,
    'Only a video post whose queuing or processing failed can be retried.',
  ),
  VIDEO_POST_TRANSCODING_BEGUN: caller(
    400,
    'Transcoding has begun: the profiles can not be changed any more.',
  ),
  VIDEO_POST_IN_USE: caller(
    400,
    'The video post is being processed, or its room is live or being archived. Try again later.',
    true,
  ),
  UPLOAD_NOT_FOUND: caller(404, 'No upload of this file is open. Request upload URLs.'),
  UPLOAD_PARTS_MISMATCH: caller(400, 'The parts named are not the parts that were uploaded.'),
  UPLOAD_URL_INVALID: caller(403, 'This upload URL is not valid, or not any more. Request it again.'),
  UPLOAD_PART_SIZE_MISMATCH: caller(400, 'The part has not the size that was announced.'),
  UPLOAD_REFUSED: caller(400, 'What was uploaded is no media that we take.'),
  REQUEST_LOCKED: caller(400, 'Another command of this video room is still being carried out.', true),
  COMMAND_DEADLINE_PASSED: us(503, 'The command was not taken in time and was not carried out. Try again.'), // ours
  CONTROL_PLANE_UNAVAILABLE: us(
    503,
    'The control plane did not answer in time. Read the state, then repeat the command with the same Idempotency-Key.',
  ), // ours
  DATABASE_UNAVAILABLE: us(503, 'The database can not be reached. Try again.'), // ours
  MEDIA_SERVICE_INTERNAL_SERVER_ERROR: us(500, 'The media service failed to carry out the command.'),
  // Why an archive failed (all ours).
  EMPTY_RECORDING: us(500, 'Nothing was recorded while the broadcast was live.', false),
  RECORDING_DAMAGED: us(500, 'The recording can not be read.', false),
  ORIGINAL_NOT_VERIFIED: us(500, 'The original that was made is not what was live.', false),
  TRANSCODE_FAILED: us(500, 'ffmpeg did not finish the recording.'),
  // Refusals of a publish, told to the encoder in RTMP's words (all ours).
  STREAM_KEY_UNKNOWN: caller(403, 'Unknown stream key.'),
  STREAM_KEY_ROTATED: caller(403, 'This stream key was replaced. Fetch the new one.'),
  STREAM_KEY_BUSY: caller(409, 'This stream key is already publishing.', true),
  TAKEOVER_LIMIT: caller(409, 'This stream key was taken over less than 30 s ago.', true),
  SESSION_ENDED: caller(409, 'This ingest session has already ended.'),
  OUTPUT_MODE_UNKNOWN: caller(400, 'Unknown mode. Use RTMP, CMAF or RTMP_CMAF.'),
  CODEC_UNSUPPORTED: caller(415, 'This codec is not supported. Use H.264 video and AAC audio.'),
  DISK_FULL: us(507, 'The media node is out of disk space.'),
  NODE_FULL: us(503, 'The media node carries as many streams as it can.'),
  SESSION_GONE: us(410, 'The media node does not know this ingest session.', false),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.prototype.hasOwnProperty.call(ERRORS, value);

/** An error with a stable code. `detail`, where given, says what exactly was wrong; it never holds a secret. */
export class CodedError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail?: string,
  ) {
    super(detail ? `${ERRORS[code].message} (${detail})` : ERRORS[code].message);
    this.name = 'CodedError';
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

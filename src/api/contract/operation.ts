import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';

/** What people read, in both languages of the documents. */
export interface Text {
  en: string;
  ko: string;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Where a parameter of the path is no plain id. */
export type PathParameters = Readonly<Record<string, Text>>;

/**
 * One operation of an API, said once: the server checks requests by it, and the OpenAPI document is made of it. Bodies and
 * queries are zod schemas; their fields carry texts and examples (`said`). What it answers is checked at compile time
 * (the handler returns the schema's input type), and in tests (the harness parses every answer).
 */
export interface Operation {
  /** FlipFlop's where it is known: its documents link to operations by this name. */
  readonly id: string;
  /** A key of TAGS. */
  readonly tag: TagName;
  readonly method: Method;
  /** Below the API's prefix; parameters as `{name}`. */
  readonly path: `/${string}` | '';
  /** Other spellings that clients use; served alike. */
  readonly alsoAt?: readonly `/${string}`[];
  readonly summary: Text;
  readonly description?: Text;
  readonly parameters?: PathParameters;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyExample?: unknown;
  readonly answer: OperationAnswer;
  /** Beside what every operation of its API can say (`COMMON_ERRORS`). */
  readonly errors: readonly ErrorCode[];
  /**
   * The answer shows a secret (token, upload URL, stream key): it is never stored. A repeat with the same idempotency key runs
   * the handler again, with `call.repeated` set, and is answered anew.
   */
  readonly secretAnswer?: true;
  /** Takes no Authorization, and stands below this prefix instead of its API's. */
  readonly openAt?: '/v2/members';
  /** Answers with server-sent events of this schema; the handler writes them to the response by itself. */
  readonly stream?: true;
}

export interface OperationAnswer {
  readonly status: 200 | 201 | 204;
  /** None: no body. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
}

/** Keeps the literal types, which handlers are typed by. */
export const operation = <const O extends Operation>(it: O): O => it;

export type Contract = Readonly<Record<string, Operation>>;

/** Groups of operations, named as the anchors of FlipFlop's documents (Swagger UI's take the
 * name as it is, Redoc's have "-" for a blank). */
export const TAGS = {
  members: { en: 'Members', ko: '멤버 관련' },
  relations: { en: 'Relations', ko: '멤버 관계 관련' },
  streamKeys: { en: 'Stream-Keys', ko: '스트림키 관련' },
  videoRooms: { en: 'Video-Rooms', ko: '비디오룸 관련' },
  transcodingProfiles: { en: 'Transcoding-Profiles', ko: '트랜스코딩 프로파일 관련' },
  videoPosts: { en: 'Video-Posts', ko: '비디오 포스트 관련' },
  streamingTokens: { en: 'Streaming-Tokens', ko: '스트리밍 토큰 관련' },
  callbacks: { en: 'Callbacks', ko: '콜백 관련' },
  chat: { en: 'Chat', ko: '채팅 관련' },
  me: { en: 'Me', ko: '내 정보 관련' },
  tokens: { en: 'Tokens', ko: '토큰 관련' },
  channels: { en: 'Channels', ko: '채널 관련' },
  events: { en: 'Events', ko: '이벤트 관련' },
} as const satisfies Record<string, Text>;
export type TagName = keyof typeof TAGS;

/** Adds a field's text in both languages, and an example. */
export const said = <S extends z.ZodType>(schema: S, en: string, ko: string, example?: unknown): S =>
  schema.meta({ text: { en, ko }, ...(example === undefined ? {} : { example }) });

import { z } from 'zod';
import type { Operation, Text } from '../contract/operation';
import type { JsonSchema, JsonSchemas, Language } from './json-schema';

const APP_USER_ID: Text = {
  en: "The member's id in your own words, as you registered it.",
  ko: '앱에서 등록한 회원의 고유 ID.',
};

/** Path parameters that are no plain id, in all operations. */
const KNOWN: Readonly<Record<string, Text>> = {
  appUserId: APP_USER_ID,
  targetAppUserId: { en: 'The other member, by appUserId.', ko: '상대 멤버의 appUserId.' },
};
const UUID: Text = { en: "The video room's uuid.", ko: '비디오룸의 uuid.' };
const ID: Text = { en: 'Its id, as it was answered.', ko: '응답으로 받은 고유 ID.' };
const IDEMPOTENCY_KEY: Text = {
  en: 'Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours.',
  ko: '임의의 문자열(최대 255자). 같은 키와 같은 본문은 24시간 동안 같은 응답을 받습니다.',
};

function pathParameter(name: string, operation: Operation): { schema: JsonSchema; text: Text } {
  const text = operation.parameters?.[name] ?? KNOWN[name];
  if (text) return { schema: { type: 'string' }, text };
  if (name === 'uuid') return { schema: { type: 'string', format: 'uuid' }, text: UUID };
  return { schema: { type: 'integer', minimum: 1 }, text: ID };
}

const pathParameters = (operation: Operation, language: Language) =>
  [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const { schema, text } = pathParameter(name, operation);
    return { name, in: 'path', required: true, description: text[language], schema };
  });

function queryParameters(operation: Operation, schemas: JsonSchemas) {
  if (!operation.query) return [];
  const { properties, required } = schemas.of(operation.query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required?.includes(name) ?? false,
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;
const idempotencyKey = z.string().min(1).max(MAX_IDEMPOTENCY_KEY_CHARACTERS);

const headerParameters = (operation: Operation, schemas: JsonSchemas, language: Language) =>
  operation.method === 'post'
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: IDEMPOTENCY_KEY[language],
          schema: schemas.of(idempotencyKey),
        },
      ]
    : [];

/** All that an operation takes beside its body. */
export const parametersOf = (operation: Operation, schemas: JsonSchemas, language: Language) => [
  ...pathParameters(operation, language),
  ...queryParameters(operation, schemas),
  ...headerParameters(operation, schemas, language),
];

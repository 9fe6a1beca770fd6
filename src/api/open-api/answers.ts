import { ERRORS, type ErrorCode } from '../../domain/errors';
import { ERRORS_KO } from '../../domain/errors-ko';
import type { Operation } from '../contract/operation';

import { exampleOf } from './example';
import type { JsonSchemas, Language } from './json-schema';

const JSON_TYPE = 'application/json';
const EVENT_STREAM_TYPE = 'text/event-stream';

const DONE = { en: 'Done.', ko: '성공.' };
const NO_CONTENT = { en: 'Done; there is no body.', ko: '성공. 본문이 없습니다.' };

/** What stands in the document for each error: two members, and the codes of this status. */
const errorSchema = (codes: readonly ErrorCode[]) => ({
  type: 'object',
  required: ['errorCode', 'errorMessage'],
  properties: { errorCode: { type: 'string', enum: codes }, errorMessage: { type: 'string' } },
});

const meaningOf = (code: ErrorCode, language: Language): string =>
  (language === 'ko' ? ERRORS_KO[code] : undefined) ?? ERRORS[code].message;

const errorAnswer = (codes: readonly ErrorCode[], language: Language) => ({
  description: codes.map((code) => `- \`${code}\`: ${meaningOf(code, language)}`).join('\n'),
  content: {
    [JSON_TYPE]: {
      schema: errorSchema(codes),
      example: { errorCode: codes[0], errorMessage: codes[0] ? ERRORS[codes[0]].message : '' },
    },
  },
});

/** Errors by HTTP status, in rising order. */
export function errorAnswers(codes: readonly ErrorCode[], language: Language): Record<string, object> {
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      errorAnswer(
        codes.filter((code) => ERRORS[code].status === status),
        language,
      ),
    ]),
  );
}

export function goodAnswer({ answer, stream }: Operation, schemas: JsonSchemas, language: Language): object {
  if (!answer.schema) return { description: NO_CONTENT[language] };
  const schema = schemas.of(answer.schema);
  const example = answer.example ?? exampleOf(schema, schemas.components);
  return {
    description: DONE[language],
    content: { [stream ? EVENT_STREAM_TYPE : JSON_TYPE]: { schema, example } },
  };
}

import type { z } from 'zod';
import { CodedError, isErrorCode } from '../../domain/errors';

/**
 * Checks a request's body or query. A schema names FlipFlop's error codes as the messages of its rules; any other message
 * becomes INVALID_REQUEST with the field's name. The first broken rule is told, in the order of the schema's fields.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue && isErrorCode(issue.message)) throw new CodedError(issue.message);
  throw new CodedError('INVALID_REQUEST', issue ? `${issue.path.join('.')}: ${issue.message}` : undefined);
}

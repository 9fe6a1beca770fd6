import type { ErrorRequestHandler, RequestHandler } from 'express';
import { CodedError, ERRORS } from '../domain/errors';
import type { Logger } from '../logger';
import { isDatabaseAway } from '../store/database-errors';
import { send, type Answer } from './answer';
import { logOf } from './request-log';

/** What Express, its router and its body reader throw: an HTTP status, and for bodies a type. */
interface HttpError {
  status: number;
  type?: string;
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && typeof (error as Partial<HttpError>).status === 'number';
}

function codeOfHttpError(error: HttpError): CodedError | null {
  if (error.type === 'entity.too.large') return new CodedError('PAYLOAD_TOO_LARGE');
  if (error.type !== undefined && error.status < 500) return new CodedError('INVALID_HTTP_MESSAGE_BODY');
  // A path with a broken percent code names nothing.
  return error.status === 400 ? new CodedError('RESOURCE_NOT_FOUND') : null;
}

/** The error as one of ours. What nobody foresaw becomes INTERNAL_SERVER_ERROR; its text stays in our log. */
export function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (isDatabaseAway(error)) return new CodedError('DATABASE_UNAVAILABLE');
  const known = isHttpError(error) ? codeOfHttpError(error) : null;
  return known ?? new CodedError('INTERNAL_SERVER_ERROR');
}

/**
 * The error's answer, with exactly two members: strict clients fail on any other. Our own faults are logged here, and their
 * details (addresses, drivers' texts) stay here: a caller can do nothing with them.
 */
export function errorAnswer(error: unknown, log: Logger): Answer {
  const coded = toCodedError(error);
  const { fault, message } = ERRORS[coded.code];
  if (fault === 'us') log.error({ err: error, code: coded.code }, 'a request failed');
  const errorMessage = fault === 'us' ? message : coded.message;
  return { status: coded.status, body: { errorCode: coded.code, errorMessage } };
}

/** Told "Basic", a browser would ask a member for a password. */
const schemeFor = (error: unknown): string =>
  toCodedError(error).code.endsWith('_APP_CREDENTIALS') ? 'Basic' : 'Bearer';

/** The last handler: every error leaves through it. */
export function errorHandler(): ErrorRequestHandler {
  return (error, _req, res, next) => {
    // Half an answer can't be taken back; Express then closes the connection.
    if (res.headersSent) return next(error);
    const answer = errorAnswer(error, logOf(res));
    if (answer.status === 401) res.setHeader('WWW-Authenticate', `${schemeFor(error)} realm="showrunner"`);
    send(res, answer);
  };
}

export const notFound: RequestHandler = () => {
  throw new CodedError('RESOURCE_NOT_FOUND');
};

/** For `.all` of a route, after its methods. */
export const unsupportedMethod: RequestHandler = () => {
  throw new CodedError('UNSUPPORTED_HTTP_METHOD');
};

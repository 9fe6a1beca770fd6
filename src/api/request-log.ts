import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../logger';

/** What we take as somebody's own id; anything else could break lines of a log apart. */
const REQUEST_ID_FORMAT = /^[A-Za-z0-9._:-]{1,128}$/;

const idOf = (sent: string | undefined): string =>
  sent !== undefined && REQUEST_ID_FORMAT.test(sent) ? sent : randomUUID();

/** The logger of one request: each line of it names the request. */
export const logOf = (res: Response): Logger => res.locals.log as Logger;

/**
 * One line a request: method, path, status, time. Never headers, queries or bodies, where secrets could be. The id is the
 * caller's (X-Request-Id), where it sent a usable one, and goes back in the answer.
 */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const requestId = idOf(req.get('X-Request-Id'));
    const startedAt = performance.now();
    const { method } = req;
    const path = req.path;
    const requestLogger = log.child({ requestId });
    res.locals.log = requestLogger;
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      const ms = Math.round(performance.now() - startedAt);
      const answered = res.writableFinished;
      requestLogger.info({ method, path, status: answered ? res.statusCode : null, ms }, 'request');
    });
    next();
  };
}

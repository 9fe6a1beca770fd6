import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../logger';

/** One line a request: method, path, status, time. Never headers, queries or bodies, where secrets could be. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const requestId = randomUUID();
    const startedAt = performance.now();
    const { method } = req;
    const path = req.path;
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      const ms = Math.round(performance.now() - startedAt);
      const answered = res.writableFinished;
      log.info({ requestId, method, path, status: answered ? res.statusCode : null, ms }, 'request');
    });
    next();
  };
}

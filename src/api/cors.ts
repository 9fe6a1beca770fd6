import cors from 'cors';
import { Router, type Request, type RequestHandler } from 'express';
import { CodedError } from '../domain/errors';
import { callerOf } from './caller';

/** Browsers ask again after ten minutes, so that nobody waits a day for a change. */
const PREFLIGHT_MAX_AGE_SECONDS = 600;
const NO_CONTENT = 204;

const headers = cors({
  // A preflight carries no credentials, so nobody knows yet whose list would count.
  origin: '*',
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  exposedHeaders: ['X-Request-Id', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
  maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  preflightContinue: true,
});

/** Answers preflights of any origin, and lets pages read what is refused before it is known who asks. Never with cookies. */
export function crossOrigin(): Router {
  const router = Router();
  router.use(headers);
  router.use((req, res, next) => {
    const preflight = req.method === 'OPTIONS' && req.get('Access-Control-Request-Method') !== undefined;
    if (preflight) res.status(NO_CONTENT).end();
    else next();
  });
  return router;
}

/** A page of our own, such as the one for trying the API. */
const isOwn = (req: Request, origin: string): boolean => origin === `${req.protocol}://${req.get('Host')}`;

/** The real request of a web page: its origin must be on the app's list, where the app has one. */
export const checkOrigin: RequestHandler = (req, res, next) => {
  const origin = req.get('Origin');
  const allowed = callerOf(res).app.cors_origins;
  if (allowed === null) return next();
  res.vary('Origin');
  if (origin === undefined || isOwn(req, origin)) return next();
  if (!allowed.includes(origin)) {
    // Without it the browser shows the page nothing of the answer.
    res.removeHeader('Access-Control-Allow-Origin');
    throw new CodedError('ORIGIN_NOT_ALLOWED');
  }
  res.setHeader('Access-Control-Allow-Origin', origin);
  next();
};

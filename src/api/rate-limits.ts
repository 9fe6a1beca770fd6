import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import { CodedError, type ErrorCode } from '../domain/errors';
import { callerOf } from './caller';

/** Requests a minute, each counted in this process. */
export interface RateLimits {
  appReads: number;
  appWrites: number;
  memberReads: number;
  memberWrites: number;
  /** Of one address. */
  failedLogins: number;
}

const WINDOW_MS = 60_000;
const READING = new Set(['GET', 'HEAD']);
/** What somebody who guesses gets. No credentials at all, and expired ones, are no guesses. */
const FAILED_LOGINS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_APP_CREDENTIALS',
  'INVALID_ACCESS_TOKEN',
  'INVALID_REFRESH_TOKEN',
]);

type KeyOf = NonNullable<Parameters<typeof rateLimit>[0]>['keyGenerator'];

/** Told by the standard headers `RateLimit-Policy` and `RateLimit` (draft 8), and `Retry-After` beyond it. */
const limiter = (name: string, limit: number, keyGenerator: KeyOf): RateLimitRequestHandler =>
  rateLimit({
    windowMs: WINDOW_MS,
    limit,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    ...(keyGenerator ? { keyGenerator } : {}),
    handler: (_req, _res, next) => next(new CodedError('TOO_MANY_REQUESTS')),
    // Its checks are of addresses that stand behind a proxy; TRUST_PROXY settles those.
    validate: false,
  });

/** Each app by what its backend asks, each member by what it asks itself: one that hammers takes nothing from another. */
export function limitCallers(limits: RateLimits | null): RequestHandler {
  if (!limits) return (_req, _res, next) => next();
  const byApp: KeyOf = (_req, res) => String(callerOf(res).app.id);
  const byMember: KeyOf = (_req, res) => String(callerOf(res).member?.id);
  const app = {
    reads: limiter('app-reads', limits.appReads, byApp),
    writes: limiter('app-writes', limits.appWrites, byApp),
  };
  const member = {
    reads: limiter('member-reads', limits.memberReads, byMember),
    writes: limiter('member-writes', limits.memberWrites, byMember),
  };
  return (req, res, next) => {
    const own = callerOf(res).member ? member : app;
    return (READING.has(req.method) ? own.reads : own.writes)(req, res, next);
  };
}

/**
 * Failed logins of one address, counted where they are told. Right credentials always pass: they have 256 random bits, which
 * nobody guesses, and one bad client must not lock out the others behind the same address.
 */
export function limitFailedLogins(limits: RateLimits | null): ErrorRequestHandler {
  if (!limits) return (error, _req, _res, next) => next(error);
  const failures = limiter('failed-logins', limits.failedLogins, (req) => ipKeyGenerator(req.ip ?? ''));
  return async (error, req, res, next) => {
    const failed = error instanceof CodedError && FAILED_LOGINS.has(error.code);
    if (!failed || res.headersSent) return next(error);
    await failures(req, res, (limited?: unknown) => next(limited ?? error));
  };
}

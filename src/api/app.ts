import express, { Router, type Express, type RequestHandler } from 'express';
import { IdempotencyStore } from '../store/idempotency';
import { authenticateApp } from './auth';
import { checkOrigin, crossOrigin } from './cors';
import type { ApiDeps, ApiOptions } from './deps';
import { errorHandler, notFound } from './errors';
import { safeHeaders } from './headers';
import { jsonBody } from './json-body';
import { openApiRoutes } from './open-api/routes';
import { limitCallers, limitFailedLogins } from './rate-limits';
import { requestLog } from './request-log';
import { allowedMemberRoutes } from './routes/allowed-members';
import { callbackRoutes } from './routes/callbacks';
import { healthRoutes } from './routes/health';
import { memberRoutes } from './routes/members';
import { relationRoutes } from './routes/relations';
import { streamKeyRoutes } from './routes/stream-keys';
import { transcodingProfileRoutes } from './routes/transcoding-profiles';
import { videoPostRoutes } from './routes/video-posts';
import { videoRoomRoutes } from './routes/video-rooms';
import { serve, type Binding } from './serve';

/** Each operation of the server API with what carries it out. */
const serverBindings = (deps: ApiDeps): Binding[] => [
  ...memberRoutes(deps),
  ...relationRoutes(deps),
  ...streamKeyRoutes(deps),
  ...transcodingProfileRoutes(deps),
  ...videoRoomRoutes(deps),
  ...videoPostRoutes(deps),
  ...allowedMemberRoutes(deps),
  ...callbackRoutes(deps),
];

/** What stands between knowing who asks and reading what is asked. */
const guards = (deps: ApiDeps): RequestHandler[] => [checkOrigin, limitCallers(deps.rateLimits ?? null)];

/** The server API, for one app's backend: everything below /v2/apps/me. */
function serverApi(deps: ApiDeps): Router {
  const router = Router();
  // Who asks is settled before a byte of the body is read.
  router.use(authenticateApp(deps.knex, deps.vault));
  router.use(guards(deps), jsonBody);
  router.use(serve(deps, serverBindings(deps)));
  return router;
}

/** Makes the API; listening, and ending what is passed in, is the caller's. */
export function createApi(options: ApiOptions): Express {
  const deps: ApiDeps = { ...options, idempotency: new IdempotencyStore(options.knex, options.vault) };
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.trustProxy ?? false);
  // Answers change with every event and may show a stream key: nobody keeps them.
  app.disable('etag');
  app.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use(requestLog(deps.log), safeHeaders(), crossOrigin());
  if (deps.metrics) app.use(deps.metrics.count, deps.metrics.routes());
  app.use(healthRoutes(deps));
  app.use(openApiRoutes());
  app.use('/v2/apps/me', serverApi(deps));
  app.use(notFound);
  app.use(limitFailedLogins(deps.rateLimits ?? null), errorHandler());
  return app;
}

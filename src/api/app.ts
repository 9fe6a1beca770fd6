import express, { Router, type Express } from 'express';
import { IdempotencyStore } from '../store/idempotency';
import { authenticateApp } from './auth';
import type { ApiDeps, ApiOptions } from './deps';
import { errorHandler, notFound } from './errors';
import { jsonBody } from './json-body';
import { requestLog } from './request-log';
import { healthRoutes } from './routes/health';
import { memberRoutes } from './routes/members';
import { streamKeyRoutes } from './routes/stream-keys';
import { videoPostRoutes } from './routes/video-posts';
import { videoRoomRoutes } from './routes/video-rooms';
import { serve, type Binding } from './serve';

/** Each operation of the server API with what carries it out. */
const serverBindings = (deps: ApiDeps): Binding[] => [
  ...memberRoutes(deps),
  ...streamKeyRoutes(deps),
  ...videoRoomRoutes(deps),
  ...videoPostRoutes(deps),
];

/** The server API, for one app's backend: everything below /v2/apps/me. */
function serverApi(deps: ApiDeps): Router {
  const router = Router();
  // Who asks is settled before a byte of the body is read.
  router.use(authenticateApp(deps.knex, deps.vault));
  router.use(jsonBody);
  router.use(serve(deps, serverBindings(deps)));
  return router;
}

/** Makes the API; listening, and ending what is passed in, is the caller's. */
export function createApi(options: ApiOptions): Express {
  const deps: ApiDeps = { ...options, idempotency: new IdempotencyStore(options.knex, options.vault) };
  const app = express();
  app.disable('x-powered-by');
  // Answers change with every event and may show a stream key: nobody keeps them.
  app.disable('etag');
  app.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use(requestLog(deps.log));
  app.use(healthRoutes(deps));
  app.use('/v2/apps/me', serverApi(deps));
  app.use(notFound);
  app.use(errorHandler(deps.log));
  return app;
}

import express, { Router, type Express, type RequestHandler } from 'express';
import { IdempotencyStore } from '../store/idempotency';
import { RefreshTokens } from '../tokens/refresh-tokens';
import { Tokens } from '../tokens/tokens';
import { authenticateApp } from './auth';
import { authenticateMember, letInByRefreshToken } from './authenticate-member';
import { checkOrigin, crossOrigin } from './cors';
import type { ApiDeps, ApiOptions } from './deps';
import { errorHandler, notFound } from './errors';
import { safeHeaders } from './headers';
import { jsonBody, jsonBodyUpTo } from './json-body';
import { openApiRoutes } from './open-api/routes';
import { limitCallers, limitFailedLogins } from './rate-limits';
import { requestLog } from './request-log';
import { allowedMemberRoutes } from './routes/allowed-members';
import { callbackRoutes } from './routes/callbacks';
import { channelRoutes } from './routes/channels';
import { chatRoutes } from './routes/chat';
import { eventSourceRoutes } from './routes/event-sources';
import { healthRoutes } from './routes/health';
import { meRoutes } from './routes/me';
import { memberRoutes } from './routes/members';
import { myRoomRoutes } from './routes/my-rooms';
import { relationRoutes } from './routes/relations';
import { streamKeyRoutes } from './routes/stream-keys';
import { appTokenRoutes, refreshRoutes } from './routes/tokens';
import { transcodingProfileRoutes } from './routes/transcoding-profiles';
import { videoPostRoutes } from './routes/video-posts';
import { videoRoomRoutes } from './routes/video-rooms';
import { serve, type Binding } from './serve';

/** Each operation of the server API with what carries it out. */
const serverBindings = (deps: ApiDeps): Binding[] => [
  ...memberRoutes(deps),
  ...appTokenRoutes(deps),
  ...relationRoutes(deps),
  ...streamKeyRoutes(deps),
  ...transcodingProfileRoutes(deps),
  ...videoRoomRoutes(deps),
  ...videoPostRoutes(deps),
  ...allowedMemberRoutes(deps),
  ...callbackRoutes(deps),
  ...chatRoutes(deps),
];

/** Each operation of the member API with what carries it out. */
const memberBindings = (deps: ApiDeps): Binding[] => [
  ...meRoutes(deps),
  ...myRoomRoutes(deps),
  ...channelRoutes(deps),
];

/** A refresh token and what clients put around it: whoever sends it has not shown yet who asks. */
const MAX_REFRESH_BODY_BYTES = 16 * 1024;

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

/** Its own router, since only here a token in the address is taken: a browser's EventSource sends no headers. */
function eventsApi(deps: ApiDeps, guarded: RequestHandler[]): Router {
  const router = Router();
  router.use('/event-sources', authenticateMember(deps, { tokenInQuery: true }), ...guarded);
  router.use(serve(deps, eventSourceRoutes(deps)));
  return router;
}

/** The member API, for a member's own client: everything below /v2/members/me. */
function memberApi(deps: ApiDeps, guarded: RequestHandler[]): Router {
  const router = Router();
  router.use(authenticateMember(deps), ...guarded);
  router.use(jsonBody);
  router.use(serve(deps, memberBindings(deps)));
  return router;
}

/** What takes no Authorization: the refresh token itself says who asks. */
function refreshApi(deps: ApiDeps): Router {
  const router = Router();
  const letIn = [letInByRefreshToken(deps), ...guards(deps)];
  router.post('/tokens/refresh', jsonBodyUpTo(MAX_REFRESH_BODY_BYTES), letIn);
  router.use(serve(deps, refreshRoutes(deps)));
  return router;
}

/** Makes the API; listening, and ending what is passed in, is the caller's. */
export function createApi(options: ApiOptions): Express {
  const deps: ApiDeps = {
    ...options,
    idempotency: new IdempotencyStore(options.knex, options.vault),
    tokens: new Tokens(options),
    refreshTokens: new RefreshTokens(options),
  };
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
  // One count for both: an event stream that is opened is a read like any other.
  const guarded = guards(deps);
  app.use('/v2/members/me', eventsApi(deps, guarded), memberApi(deps, guarded));
  app.use('/v2/members', refreshApi(deps));
  app.use(notFound);
  app.use(limitFailedLogins(deps.rateLimits ?? null), errorHandler());
  return app;
}

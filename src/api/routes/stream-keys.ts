import { Router } from 'express';
import { CodedError } from '../../domain/errors';
import { findStreamKey, type StreamKeyRow } from '../../store/stream-keys';
import type { StreamKeyIdentity } from '../../workflows/messages';
import { noContent } from '../answer';
import type { ApiDeps } from '../deps';
import { changing, type Endpoint } from '../endpoint';
import { unsupportedMethod } from '../errors';

const identityOf = (key: StreamKeyRow): StreamKeyIdentity => ({
  appId: key.app_id,
  memberId: key.member_id,
  streamKeyId: key.id,
});

/** /stream-keys */
export function streamKeyRoutes({ knex, commands, idempotency, log }: ApiDeps): Router {
  const forceTerminate: Endpoint = async ({ app, id, idempotencyKey }) => {
    const key = await findStreamKey(knex, app.id, id('streamKeyId', 'STREAM_KEY_NOT_FOUND'));
    if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
    await commands.forceTerminateKey(identityOf(key), idempotencyKey);
    return noContent();
  };

  const router = Router();
  router
    .route('/:streamKeyId/force-terminate')
    .post(changing(idempotency, log)(forceTerminate))
    .all(unsupportedMethod);
  return router;
}

import { Router } from 'express';
import { CodedError } from '../../domain/errors';
import { findMember, upsertMember } from '../../store/members';
import { findStreamKeyOfMember } from '../../store/stream-keys';
import { created, ok } from '../answer';
import type { ApiDeps } from '../deps';
import { changing, reading, type Endpoint } from '../endpoint';
import { unsupportedMethod } from '../errors';
import { memberBody } from '../schemas/member';
import { parseRequest } from '../schemas/parse';
import { serializeMember } from '../serializers/member';
import { serializeStreamKey } from '../serializers/stream-key';

/** /members */
export function memberRoutes({ knex, vault, bases, idempotency, log }: ApiDeps): Router {
  const upsert: Endpoint = async ({ app, body }) => {
    const { appUserId, ...profile } = parseRequest(memberBody, body);
    return created(serializeMember(await upsertMember(knex, vault, app.id, appUserId, profile), app));
  };
  const getStreamKey: Endpoint = async ({ app, param }) => {
    const appUserId = param('appUserId');
    // NUL is no character of a Postgres text, so nobody is called so.
    const member = appUserId.includes('\0') ? undefined : await findMember(knex, app.id, appUserId);
    if (!member) throw new CodedError('MEMBER_NOT_FOUND');
    const key = await findStreamKeyOfMember(knex, app.id, member.id);
    if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
    return ok(serializeStreamKey(key, vault, bases));
  };

  const router = Router();
  router.route('/').post(changing(idempotency, log)(upsert)).all(unsupportedMethod);
  router.route('/:appUserId/stream-key').get(reading(getStreamKey)).all(unsupportedMethod);
  return router;
}

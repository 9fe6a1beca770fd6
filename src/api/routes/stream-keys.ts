import { CodedError } from '../../domain/errors';
import { findStreamKey, type StreamKeyRow } from '../../store/stream-keys';
import type { StreamKeyIdentity } from '../../workflows/messages';
import { streamKeysContract } from '../contract/stream-keys';
import type { ApiDeps } from '../deps';
import { bind, type Binding } from '../serve';

const identityOf = (key: StreamKeyRow): StreamKeyIdentity => ({
  appId: key.app_id,
  memberId: key.member_id,
  streamKeyId: key.id,
});

/** /stream-keys */
export const streamKeyRoutes = ({ knex, commands }: ApiDeps): Binding[] =>
  bind(streamKeysContract, {
    async forceTerminate({ app, id, idempotencyKey }) {
      const key = await findStreamKey(knex, app.id, id('streamKeyId', 'STREAM_KEY_NOT_FOUND'));
      if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
      await commands.forceTerminateKey(identityOf(key), idempotencyKey);
    },
  });

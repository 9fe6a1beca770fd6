import { CodedError } from '../../domain/errors';
import type { AppRow } from '../../store/apps';
import { listStreamKeys } from '../../store/list-stream-keys';
import {
  findStreamKey,
  updateStreamKey,
  type StreamKeyDetails,
  type StreamKeyRow,
} from '../../store/stream-keys';
import { findTranscodingProfile } from '../../store/transcoding-profiles';
import type { StreamKeyIdentity } from '../../workflows/messages';
import { streamKeysContract } from '../contract/stream-keys';
import type { ApiDeps } from '../deps';
import { serializePage } from '../serializers/page';
import { serializeStreamKey } from '../serializers/stream-key';
import { bind, type Binding, type Call } from '../serve';

/** Who the key is, for its workflow. */
export const keyIdentityOf = (key: StreamKeyRow): StreamKeyIdentity => ({
  appId: key.app_id,
  memberId: key.member_id,
  streamKeyId: key.id,
});

/** /stream-keys */
export function streamKeyRoutes({ knex, vault, bases, commands }: ApiDeps): Binding[] {
  const find = async (appId: number, id: number): Promise<StreamKeyDetails> => {
    const key = await findStreamKey(knex, appId, id);
    if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
    return key;
  };
  const keyAt = ({ app, id }: Pick<Call, 'app' | 'id'>) =>
    find(app.id, id('streamKeyId', 'STREAM_KEY_NOT_FOUND'));
  const shown = (key: StreamKeyDetails) => serializeStreamKey(key, vault, bases);
  const requireLiveProfile = async (app: AppRow, id: number) => {
    const profile = await findTranscodingProfile(knex, app.id, id);
    if (!profile) throw new CodedError('VIDEO_TRANSCODING_PROFILE_NOT_FOUND');
    if (profile.type !== 'BROADCAST_RTMP')
      throw new CodedError('VIDEO_TRANSCODING_PROFILE_TYPE_NOT_BROADCAST_RTMP');
  };
  return bind(streamKeysContract, {
    async listStreamKeys({ app, query }) {
      const { page, pageSize, sortBy, ...filter } = query;
      const { rows, total } = await listStreamKeys(knex, app.id, filter, { page, pageSize, sortBy });
      return serializePage(rows.map(shown), total, { page, pageSize });
    },
    getStreamKey: async (call) => shown(await keyAt(call)),
    async updateStreamKey(call) {
      const { profileId, defaultRtmpOutputMode } = call.body;
      const key = await keyAt(call);
      if (profileId) await requireLiveProfile(call.app, profileId);
      await updateStreamKey(knex, key.id, { profileId, mode: defaultRtmpOutputMode });
      return shown(await find(call.app.id, key.id));
    },
    async reissueStreamKey(call) {
      const key = await keyAt(call);
      if (!call.repeated) await commands.reissueKey(keyIdentityOf(key), call.idempotencyKey);
      return shown(await find(call.app.id, key.id));
    },
    async forceTerminate(call) {
      await commands.forceTerminateKey(keyIdentityOf(await keyAt(call)), call.idempotencyKey);
    },
  });
}

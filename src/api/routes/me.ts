import { CodedError } from '../../domain/errors';
import { findStreamKeyOfMember } from '../../store/stream-keys';
import { askingMember, askingOwner } from '../asking-member';
import { meContract } from '../contract/me';
import type { ApiDeps } from '../deps';
import { serializeMember } from '../serializers/member';
import { serializeStreamKey } from '../serializers/stream-key';
import { bind, type Binding } from '../serve';

/** /v2/members/me itself */
export const meRoutes = ({ knex, vault, bases }: ApiDeps): Binding[] =>
  bind(meContract, {
    getMe: (call) => Promise.resolve(serializeMember(askingMember(call), call.app)),
    async getMyStreamKey(call) {
      const key = await findStreamKeyOfMember(knex, call.app.id, askingOwner(call).id);
      if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
      return serializeStreamKey(key, vault, bases);
    },
  });

import { askingMember, askingOwner } from '../asking-member';
import { meContract } from '../contract/me';
import type { ApiDeps } from '../deps';
import { keyOfMember } from '../key-of-member';
import { serializeMember } from '../serializers/member';
import { serializeStreamKey } from '../serializers/stream-key';
import { bind, type Binding } from '../serve';

/** /v2/members/me itself */
export const meRoutes = ({ knex, vault, bases }: ApiDeps): Binding[] =>
  bind(meContract, {
    getMe: (call) => Promise.resolve(serializeMember(askingMember(call), call.app)),
    async getMyStreamKey(call) {
      const key = await keyOfMember(knex, call.app.id, askingOwner(call).id);
      return serializeStreamKey(key, vault, bases);
    },
  });

import { CodedError } from '../../domain/errors';
import { findMember, upsertMember } from '../../store/members';
import { findStreamKeyOfMember } from '../../store/stream-keys';
import { membersContract } from '../contract/members';
import type { ApiDeps } from '../deps';
import { serializeMember } from '../serializers/member';
import { serializeStreamKey } from '../serializers/stream-key';
import { bind, type Binding } from '../serve';

/** /members */
export const memberRoutes = ({ knex, vault, bases }: ApiDeps): Binding[] =>
  bind(membersContract, {
    async upsertMember({ app, body }) {
      const { appUserId, ...profile } = body;
      return serializeMember(await upsertMember(knex, vault, app.id, appUserId, profile), app);
    },
    async getMemberStreamKey({ app, param }) {
      const appUserId = param('appUserId');
      // NUL is no character of a Postgres text, so nobody is called so.
      const member = appUserId.includes('\0') ? undefined : await findMember(knex, app.id, appUserId);
      if (!member) throw new CodedError('MEMBER_NOT_FOUND');
      const key = await findStreamKeyOfMember(knex, app.id, member.id);
      if (!key) throw new CodedError('STREAM_KEY_NOT_FOUND');
      return serializeStreamKey(key, vault, bases);
    },
  });

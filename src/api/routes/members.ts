import { CodedError } from '../../domain/errors';
import type { AppRow } from '../../store/apps';
import { listMembers } from '../../store/list-members';
import { updateMember, upsertMember } from '../../store/members';
import type { StreamKeyDetails } from '../../store/stream-keys';
import { membersContract } from '../contract/members';
import { deleteMembersOf } from '../delete-members';
import type { ApiDeps } from '../deps';
import { keyOfMember } from '../key-of-member';
import { memberNamed } from '../members-by-name';
import { serializeMember } from '../serializers/member';
import { serializePage } from '../serializers/page';
import { serializeStreamKey } from '../serializers/stream-key';
import { bind, type Binding } from '../serve';
import { keyIdentityOf } from './stream-keys';

/** /members */
export function memberRoutes(deps: ApiDeps): Binding[] {
  const { knex, vault, bases, commands } = deps;
  const keyOf = async (app: AppRow, appUserId: string): Promise<StreamKeyDetails> => {
    const member = await memberNamed(knex, app.id, appUserId);
    return keyOfMember(knex, app.id, member.id);
  };
  return bind(membersContract, {
    async upsertMember({ app, body }) {
      const { appUserId, ...profile } = body;
      return serializeMember(await upsertMember(knex, vault, app.id, appUserId, profile), app);
    },
    async listMembers({ app, query }) {
      const { page, pageSize, sortBy, ...filter } = query;
      const { rows, total } = await listMembers(knex, app.id, filter, { page, pageSize, sortBy });
      const content = rows.map((member) => serializeMember(member, app));
      return serializePage(content, total, { page, pageSize });
    },
    getMember: async ({ app, param }) =>
      serializeMember(await memberNamed(knex, app.id, param('appUserId')), app),
    async updateMember({ app, param, body }) {
      const { app_user_id: name } = await memberNamed(knex, app.id, param('appUserId'));
      const member = await updateMember(knex, app.id, name, body);
      if (!member) throw new CodedError('MEMBER_NOT_FOUND');
      return serializeMember(member, app);
    },
    deleteMember: ({ app, param }) => deleteMembersOf(deps, app, param('appUserId')),
    getMemberStreamKey: async ({ app, param }) =>
      serializeStreamKey(await keyOf(app, param('appUserId')), vault, bases),
    async forceTerminateMemberStreamKey({ app, param, idempotencyKey }) {
      const key = await keyOf(app, param('appUserId'));
      await commands.forceTerminateKey(keyIdentityOf(key), idempotencyKey);
    },
  });
}

import { allowMember, disallowMember, listAllowedMembers, type ListOwner } from '../../store/allowed-members';
import type { PageRequest } from '../../store/page';
import { allowedMembersContract } from '../contract/allowed-members';
import type { ApiDeps } from '../deps';
import { memberNamed } from '../members-by-name';
import { postIdOf, postOfApp } from '../posts-by-id';
import { roomNamed } from '../rooms-by-id';
import { serializeMember } from '../serializers/member';
import { serializePage } from '../serializers/page';
import { bind, type Binding, type Call } from '../serve';

type Asked = Pick<Call, 'app' | 'id' | 'param'>;

/** /video-rooms/{id}/allowed-members and /video-posts/{id}/allowed-members */
export function allowedMemberRoutes({ knex }: ApiDeps): Binding[] {
  const ofRoom = async (call: Asked): Promise<ListOwner> => {
    const { id: entityId } = await roomNamed(knex, call);
    return { appId: call.app.id, entity: 'videoRoom', entityId };
  };
  const ofPost = async (call: Asked): Promise<ListOwner> => {
    const { id: entityId } = await postOfApp(knex, call.app.id, postIdOf(call));
    return { appId: call.app.id, entity: 'videoPost', entityId };
  };
  const memberOf = ({ app, param }: Asked) => memberNamed(knex, app.id, param('appUserId'));
  const allow = (owner: typeof ofRoom) => async (call: Asked) =>
    allowMember(knex, await owner(call), (await memberOf(call)).id);
  const disallow = (owner: typeof ofRoom) => async (call: Asked) =>
    disallowMember(knex, await owner(call), (await memberOf(call)).id);
  const list = (owner: typeof ofRoom) => async (call: Asked & { query: PageRequest }) => {
    const { members, total } = await listAllowedMembers(knex, await owner(call), call.query);
    const content = members.map((member) => serializeMember(member, call.app));
    return serializePage(content, total, call.query);
  };
  return bind(allowedMembersContract, {
    allowInRoom: allow(ofRoom),
    disallowInRoom: disallow(ofRoom),
    listAllowedInRoom: list(ofRoom),
    allowInPost: allow(ofPost),
    disallowInPost: disallow(ofPost),
    listAllowedInPost: list(ofPost),
  });
}

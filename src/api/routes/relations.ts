import { CodedError } from '../../domain/errors';
import {
  befriend,
  findFollowing,
  findFriend,
  follow,
  listRelations,
  unfollow,
  unfriend,
  type Pair,
  type RelationList,
  type RelationRow,
  type RelationSort,
} from '../../store/relations';
import type { MemberRow } from '../../store/members';
import { relationsContract } from '../contract/relations';
import type { ApiDeps } from '../deps';
import { memberNamed } from '../members-by-name';
import { nestedMember } from '../serializers/parts';
import { serializePage } from '../serializers/page';
import { bind, type Binding, type Call } from '../serve';

interface Named extends Pair {
  target: MemberRow;
}

const serializeRelation = (row: RelationRow) => ({
  member: nestedMember(row),
  createdAt: row.created_at.toISOString(),
});

const otherMember = (member: MemberRow) => ({
  id: member.id,
  state: member.entity_state,
  appUserId: member.app_user_id,
  appUserName: member.app_user_name,
  appUserProfileImgUrl: member.app_user_profile_img_url,
});

type Listing = Pick<Call, 'app' | 'param'> & {
  query: { page: number; pageSize: number; sortBy: RelationSort };
};

/** Relations between members: /members/{appUserId}/followings, /followers, /friends, /friend-requests */
export function relationRoutes({ knex }: ApiDeps): Binding[] {
  const pairOf = async ({ app, param }: Pick<Call, 'app' | 'param'>): Promise<Named> => {
    const member = await memberNamed(knex, app.id, param('appUserId'));
    const target = await memberNamed(knex, app.id, param('targetAppUserId'));
    return { appId: app.id, memberId: member.id, targetId: target.id, target };
  };
  const newPairOf = async (call: Pick<Call, 'app' | 'param'>): Promise<Named> => {
    const pair = await pairOf(call);
    if (pair.memberId === pair.targetId) throw new CodedError('RELATION_TO_ONESELF');
    return pair;
  };
  const list =
    (which: RelationList) =>
    async ({ app, param, query }: Listing) => {
      const member = await memberNamed(knex, app.id, param('appUserId'));
      const { rows, total } = await listRelations(knex, member.id, which, query);
      return serializePage(rows.map(serializeRelation), total, query);
    };
  return bind(relationsContract, {
    putFollowing: async (call) => follow(knex, await newPairOf(call)),
    deleteFollowing: async (call) => unfollow(knex, await pairOf(call)),
    async getFollowing(call) {
      const row = await findFollowing(knex, await pairOf(call));
      if (!row) throw new CodedError('RELATION_NOT_FOUND');
      return serializeRelation(row);
    },
    listFollowings: list('followings'),
    listFollowers: list('followers'),
    async putFriend(call) {
      const pair = await newPairOf(call);
      await befriend(knex, pair);
      return { member: otherMember(pair.target), confirmed: (await findFriend(knex, pair)) !== undefined };
    },
    deleteFriend: async (call) => unfriend(knex, await pairOf(call)),
    listFriends: list('friends'),
    listFriendRequests: list('requests'),
  });
}

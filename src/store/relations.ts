import type { Knex } from 'knex';
import type { EntityState } from './apps';
import { readPage, type PageRequest } from './page';

export const RELATION_SORTS = ['CREATED_AT_ASC', 'CREATED_AT_DESC'] as const;
export type RelationSort = (typeof RELATION_SORTS)[number];

/** Two members of one app. */
export interface Pair {
  appId: number;
  memberId: number;
  targetId: number;
}

/** The other member, and since when. */
export interface RelationRow {
  member_id: number;
  member_entity_state: EntityState;
  member_app_user_id: string;
  member_app_user_name: string | null;
  member_profile_img_url: string | null;
  created_at: Date;
}

const COLUMNS = [
  'm.id as member_id',
  'm.entity_state as member_entity_state',
  'm.app_user_id as member_app_user_id',
  'm.app_user_name as member_app_user_name',
  'm.app_user_profile_img_url as member_profile_img_url',
  'x.created_at as created_at',
];

const ORDER = {
  CREATED_AT_ASC: { column: 'x.created_at', order: 'asc' },
  CREATED_AT_DESC: { column: 'x.created_at', order: 'desc' },
} as const;

/** Safe to repeat: the first time counts. */
export async function follow(knex: Knex, { appId, memberId, targetId }: Pair): Promise<void> {
  await knex('follows')
    .insert({ app_id: appId, follower_id: memberId, followee_id: targetId })
    .onConflict(['follower_id', 'followee_id'])
    .ignore();
}

export async function unfollow(knex: Knex, { memberId, targetId }: Pair): Promise<void> {
  await knex('follows').where({ follower_id: memberId, followee_id: targetId }).delete();
}

/** Who a member follows (`followings`), or is followed by. */
const followRows = (knex: Knex, memberId: number, side: 'followings' | 'followers') => {
  const [mine, theirs] =
    side === 'followings' ? ['follower_id', 'followee_id'] : ['followee_id', 'follower_id'];
  return knex('follows as x')
    .join('members as m', 'm.id', `x.${theirs}`)
    .where({ [`x.${mine}`]: memberId, 'm.entity_state': 'ACTIVE' });
};

export function findFollowing(knex: Knex, { memberId, targetId }: Pair): Promise<RelationRow | undefined> {
  return followRows(knex, memberId, 'followings')
    .andWhere('m.id', targetId)
    .first<RelationRow | undefined>(COLUMNS);
}

/** One's own word; friends they are once both gave it. Safe to repeat. */
export async function befriend(knex: Knex, { appId, memberId, targetId }: Pair): Promise<void> {
  await knex('friendships')
    .insert({ app_id: appId, member_id: memberId, friend_id: targetId })
    .onConflict(['member_id', 'friend_id'])
    .ignore();
}

/** Ends a friendship, takes a request back or declines one: afterwards neither direction is there. */
export async function unfriend(knex: Knex, { memberId, targetId }: Pair): Promise<void> {
  await knex('friendships')
    .where({ member_id: memberId, friend_id: targetId })
    .orWhere({ member_id: targetId, friend_id: memberId })
    .delete();
}

/** `friends`: both gave their word, the later one counts. `requests`: the other one did, the member has not. */
const friendRows = (knex: Knex, memberId: number, which: 'friends' | 'requests') => {
  const theirs = knex('friendships as t')
    .leftJoin('friendships as o', (own) =>
      own.on('o.member_id', 't.friend_id').andOn('o.friend_id', 't.member_id'),
    )
    .where('t.friend_id', memberId)
    .select('t.member_id as other_id', knex.raw('greatest(t.created_at, o.created_at) as created_at'));
  if (which === 'friends') theirs.whereNotNull('o.member_id');
  else theirs.whereNull('o.member_id');
  return knex(theirs.as('x')).join('members as m', 'm.id', 'x.other_id').where('m.entity_state', 'ACTIVE');
};

export function findFriend(knex: Knex, { memberId, targetId }: Pair): Promise<RelationRow | undefined> {
  return friendRows(knex, memberId, 'friends')
    .andWhere('m.id', targetId)
    .first<RelationRow | undefined>(COLUMNS);
}

export type RelationList = 'followings' | 'followers' | 'friends' | 'requests';

/** One page of a member's relations of a kind, and how many there are in all. */
export function listRelations(
  knex: Knex,
  memberId: number,
  list: RelationList,
  page: PageRequest<RelationSort>,
): Promise<{ rows: RelationRow[]; total: number }> {
  const matching = (trx: Knex): Knex.QueryBuilder =>
    list === 'friends' || list === 'requests'
      ? friendRows(trx, memberId, list)
      : followRows(trx, memberId, list);
  return readPage<RelationRow, RelationSort>(
    knex,
    { matching, columns: COLUMNS, order: ORDER, tieBreaker: 'm.id' },
    page,
  );
}

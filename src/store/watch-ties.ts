import type { Knex } from 'knex';
import type { ViewerFacts } from '../domain/access';

/** A member before the rooms of another one. */
export interface Watching {
  memberId: number;
  ownerId: number;
}

/** What ties a member to an owner: everything that is the same for all rooms of the owner. */
export async function readTies(
  knex: Knex,
  { memberId, ownerId }: Watching,
): Promise<Pick<ViewerFacts, 'follows' | 'friend'>> {
  const follows = knex('follows').where({ follower_id: memberId, followee_id: ownerId });
  const mine = knex('friendships').where({ member_id: memberId, friend_id: ownerId });
  const theirs = knex('friendships').where({ member_id: ownerId, friend_id: memberId });
  const there = (query: Knex.QueryBuilder) => knex.raw('exists (?)', [query.select(knex.raw('1'))]);
  const row = await knex
    .select({ follows: there(follows), mine: there(mine), theirs: there(theirs) })
    .first<{ follows: boolean; mine: boolean; theirs: boolean }>();
  return { follows: row.follows, friend: row.mine && row.theirs };
}

/** The levels at which a member may watch, by what ties it to the owner. */
export interface OpenLevels {
  memberId: number;
  /** Whatever the room's list says. */
  always: readonly string[];
  /** Only where it is on the room's list. */
  listed: readonly string[];
  /** Also of these, where it was thrown out of the room's channel. */
  banned: readonly string[];
}

/** Keeps those rooms `r` of a query that are open to a member. */
export function openRooms(rooms: Knex.QueryBuilder, knex: Knex, open: OpenLevels): void {
  const listed = knex('allowed_members as w').where({
    'w.entity': 'videoRoom',
    'w.entity_id': knex.ref('r.id'),
    'w.member_id': open.memberId,
  });
  const banned = knex('channel_members as c').where({
    'c.channel_id': knex.ref('r.id'),
    'c.member_id': open.memberId,
    'c.state': 'BANNED',
  });
  rooms
    .andWhere((either) => {
      either.whereIn('r.access_level', [...open.always]);
      either.orWhere((both) => both.whereIn('r.access_level', [...open.listed]).whereExists(listed));
    })
    .andWhere((either) => {
      either.whereIn('r.access_level', [...open.banned]).orWhereNotExists(banned);
    });
}

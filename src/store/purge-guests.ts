import type { Knex } from 'knex';
import { inBatches } from './purge';

/** After its last change and its last login: a browser that was away for a while finds the guest that it was. */
export const KEEP_GUESTS_DAYS = 7;

/** What can depend on a member, by table and column: a guest that has any of it stays. A test holds this against the database. */
export const TIES_OF_MEMBERS: readonly (readonly [table: string, column: string])[] = [
  // Logins; they are kept for a while after they have expired.
  ['refresh_families', 'member_id'],
  ['channel_members', 'member_id'],
  ['channel_messages', 'member_id'],
  ['channel_presences', 'member_id'],
  ['member_events', 'member_id'],
  ['allowed_members', 'member_id'],
  ['follows', 'follower_id'],
  ['follows', 'followee_id'],
  ['friendships', 'member_id'],
  ['friendships', 'friend_id'],
  // Only of guests that registered once.
  ['stream_keys', 'member_id'],
  ['video_rooms', 'member_id'],
  ['video_posts', 'member_id'],
];

/** Deletes guests that nobody is any more: no login, nothing that depends on them. Answers how many. */
export function purgeGuests(knex: Knex): Promise<number> {
  return inBatches(async (limit) => {
    const gone = knex('members as m')
      .where({ 'm.type': 'GUEST' })
      .whereRaw('m.last_modified_at < now() - make_interval(days => ?)', [KEEP_GUESTS_DAYS]);
    for (const [table, column] of TIES_OF_MEMBERS)
      gone.whereNotExists(
        knex(table)
          .whereRaw('?? = m.id', [`${table}.${column}`])
          .select(knex.raw('1')),
      );
    // What another process deletes, or somebody changes right now, is left to it.
    const some = gone.orderBy('m.last_modified_at').limit(limit).forUpdate('m').skipLocked().select('m.id');
    return knex('members').whereIn('id', some).delete();
  });
}

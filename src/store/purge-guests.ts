import type { Knex } from 'knex';
import { inBatches } from './purge';
import { takeOutOfChannel } from './take-out-of-channel';

/** After its last change and its last login: a browser that was away for a while finds the guest that it was. */
export const KEEP_GUESTS_DAYS = 7;
/** Taken out of their channels at once: a few indexed look-ups each. */
const PAGE_ROWS = 1_000;

/**
 * What can depend on a member, by table and column, and which rows of it do (absent: all): a guest that has any of it stays. Rows
 * that do not go with their guest. A test holds this against the database.
 */
export const TIES_OF_MEMBERS: readonly (readonly [table: string, column: string, which?: string])[] = [
  // Logins; they are kept for a while after they have expired.
  ['refresh_families', 'member_id'],
  // Who is in, and who was banned by somebody.
  ['channel_members', 'member_id', "state <> 'LEAVED'"],
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

/** No login any more, also none that ended lately; `m` is the member. */
const IS_OVER = `m.type = 'GUEST' and m.last_modified_at < now() - make_interval(days => ?)
  and not exists (select 1 from refresh_families l where l.member_id = m.id)`;

interface Present {
  id: number;
  channel_id: number;
  member_id: number;
  app_id: number;
}

/** Whose browser was closed without leaving is in its channel until now. */
async function takeOutGuests(knex: Knex): Promise<void> {
  for (let after = 0; ;) {
    const present = await knex('channel_members as c')
      .join('members as m', 'm.id', 'c.member_id')
      .where('c.state', 'ONLINE')
      .where('c.id', '>', after)
      .whereRaw(IS_OVER, [KEEP_GUESTS_DAYS])
      .orderBy('c.id')
      .limit(PAGE_ROWS)
      .select<Present[]>('c.id', 'c.channel_id', 'c.member_id', 'm.app_id');
    const channels = new Map(present.map(({ channel_id: id, app_id }) => [id, { id, app_id }]));
    for (const channel of channels.values()) {
      const guests = present.filter((it) => it.channel_id === channel.id);
      await takeOutOfChannel(
        knex,
        channel,
        guests.map((it) => it.member_id),
      );
    }
    if (present.length < PAGE_ROWS) return;
    after = present.at(-1)?.id ?? Infinity;
  }
}

/** Some that nobody is any more and nothing holds. What another process deletes, or somebody changes right now, is left to it. */
function untied(trx: Knex.Transaction, limit: number): Promise<number[]> {
  const guests = trx('members as m').whereRaw(IS_OVER, [KEEP_GUESTS_DAYS]);
  for (const [table, column, which] of TIES_OF_MEMBERS) {
    const rows = trx(table)
      .whereRaw('?? = m.id', [`${table}.${column}`])
      .select(trx.raw('1'));
    guests.whereNotExists(which === undefined ? rows : rows.whereRaw(which));
  }
  // No foreign key: a direct message names all that it is for.
  guests.whereRaw('not exists (select 1 from channel_messages s where s.recipients @> array[m.id])');
  return guests
    .orderBy('m.last_modified_at')
    .limit(limit)
    .forUpdate('m')
    .skipLocked()
    .pluck<number[]>('m.id');
}

/** Their rows that hold nobody, before them. */
const RESTS = TIES_OF_MEMBERS.filter(([, , which]) => which !== undefined);

/**
 * Deletes guests that nobody is any more; answers how many. They go KEEP_GUESTS_DAYS after their last login, from member lists of
 * channels that they had left, too. One that is still in a channel, since its browser was closed, is taken out first (LEAVED,
 * `autoLeaved`), told like every leaving, and goes when the event streams have forgotten that. A guest stays for ever that wrote
 * or was sent a message that is kept, so that the message keeps its people; that somebody banned, so that operators find whom; or
 * that is tied to a member, a room or a post.
 */
export async function purgeGuests(knex: Knex): Promise<number> {
  await takeOutGuests(knex);
  return inBatches((limit) =>
    knex.transaction(async (trx) => {
      const ids = await untied(trx, limit);
      for (const [table, column] of RESTS) await trx(table).whereIn(column, ids).delete();
      const gone: number = await trx('members').whereIn('id', ids).delete();
      return gone;
    }),
  );
}

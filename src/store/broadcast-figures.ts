import type { Knex } from 'knex';

export interface StateCount {
  state: string;
  count: number;
}

/** Over all apps. */
export interface BroadcastFigures {
  rooms: StateCount[];
  streamKeys: StateCount[];
  /** Stream keys that have an encoder. */
  sessions: number;
}

const byState = (knex: Knex, table: 'video_rooms' | 'stream_keys'): Promise<StateCount[]> =>
  knex(table)
    .where({ entity_state: 'ACTIVE' })
    .groupBy('state')
    .select<StateCount[]>('state', knex.raw('count(*)::int as count'));

/** What is on the air, for who watches over it all. */
export async function readBroadcastFigures(knex: Knex): Promise<BroadcastFigures> {
  const [rooms, streamKeys, sessions] = await Promise.all([
    byState(knex, 'video_rooms'),
    byState(knex, 'stream_keys'),
    knex('stream_keys')
      .whereNotNull('session_id')
      .first<{ count: number }>(knex.raw('count(*)::int as count')),
  ]);
  return { rooms, streamKeys, sessions: sessions.count };
}

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
  /** Callbacks that are not delivered yet and not given up. */
  callbacksWaiting: number;
  /** Callbacks that were given up and not sent again, as long as they are kept. */
  callbacksParked: number;
  /** Since the oldest of their events, or since it was asked to be sent again, seconds; 0 where none waits. */
  callbackLagSeconds: number;
}

const byState = (knex: Knex, table: 'video_rooms' | 'stream_keys'): Promise<StateCount[]> =>
  knex(table)
    .where({ entity_state: 'ACTIVE' })
    .groupBy('state')
    .select<StateCount[]>('state', knex.raw('count(*)::int as count'));

/** An event that is told once more is not late by its age. */
const WAITS_SINCE = 'case when d.round = 1 then e.at else coalesce(d.round_began_at, d.due_at) end';

interface Waiting {
  count: number;
  lag: number;
}

const waitingCallbacks = (knex: Knex): Promise<Waiting> =>
  knex('callback_deliveries as d')
    .join('events as e', 'e.id', 'd.event_id')
    .where('d.state', 'PENDING')
    .first<Waiting>(
      knex.raw(
        `count(*)::int as count,
         coalesce(extract(epoch from clock_timestamp() - min(${WAITS_SINCE})), 0)::float8 as lag`,
      ),
    );

const parkedCallbacks = (knex: Knex): Promise<{ count: number }> =>
  knex('callback_deliveries')
    .where('state', 'PARKED')
    .first<{ count: number }>(knex.raw('count(*)::int as count'));

/** What is on the air, for who watches over it all. */
export async function readBroadcastFigures(knex: Knex): Promise<BroadcastFigures> {
  const [rooms, streamKeys, sessions, waiting, parked] = await Promise.all([
    byState(knex, 'video_rooms'),
    byState(knex, 'stream_keys'),
    knex('stream_keys')
      .whereNotNull('session_id')
      .first<{ count: number }>(knex.raw('count(*)::int as count')),
    waitingCallbacks(knex),
    parkedCallbacks(knex),
  ]);
  return {
    rooms,
    streamKeys,
    sessions: sessions.count,
    callbacksWaiting: waiting.count,
    callbacksParked: parked.count,
    callbackLagSeconds: waiting.lag,
  };
}

import type { Knex } from 'knex';
import type { MainActivities, RecordedTransition, TransitionRecord } from '../activities/types';
import { actorOfReason, type Actor } from '../domain/actor';
import { CodedError } from '../domain/errors';
import { hitsUniqueIndex, whileDatabaseAnswers } from './database-errors';
import { CREATED_BY_API_RUN_ID } from './video-rooms';
import { transitionColumns } from './transition-columns';

const LIVE_ROOM_INDEX = 'video_rooms_one_live_per_stream_key';

/**
 * The stream key's earlier room is still live in the record. Its end is on the way, so this write is tried again
 * (design.md section 3): it is no refusal.
 */
export class EarlierRoomStillLiveError extends Error {
  constructor() {
    super('another room of this stream key is still live in the record; its end is being written');
    this.name = 'EarlierRoomStillLiveError';
  }
}

/**
 * Makes the activity that writes one transition: row, event and event number in one statement, since a go live waits for two of
 * them. The number is taken under the row's lock, so numbers run 1...n without a gap, whoever writes at the same time. The same
 * (entity, run, transition number) written again changes nothing and returns the first result.
 *
 * Errors: VIDEO_ROOM_NOT_FOUND or STREAM_KEY_NOT_FOUND without a row, DATABASE_UNAVAILABLE, EarlierRoomStillLiveError (retry).
 */
export function createRecordTransition(knex: Knex): MainActivities['recordTransition'] {
  return async (record) => {
    try {
      return await whileDatabaseAnswers(() => write(knex, record));
    } catch (error) {
      throw hitsUniqueIndex(error, LIVE_ROOM_INDEX) ? new EarlierRoomStillLiveError() : error;
    }
  };
}

interface Written {
  /** The row's, before this write. */
  run_id: string | null;
  last_event_number: number;
  /** Null where no event was written: it was there, or the row belongs to a newer run. */
  seq: number | null;
  at: Date | null;
}

const tableOf = (record: TransitionRecord): string =>
  record.entity === 'streamKey' ? 'stream_keys' : 'video_rooms';

async function write(knex: Knex, record: TransitionRecord): Promise<RecordedTransition> {
  const { rows } = await knex.raw<{ rows: Written[] }>(statement(record), {
    ...identity(record),
    app_id: record.appId,
    created_run: CREATED_BY_API_RUN_ID,
    type: record.type,
    from_state: record.from,
    to_state: record.to,
    reason: record.reason,
    session_id: sessionOf(record),
    actor: actorOf(record),
    data: JSON.stringify(eventData(record)),
    ...transitionColumns(record),
  });
  const written = rows[0];
  if (!written)
    throw new CodedError(record.entity === 'streamKey' ? 'STREAM_KEY_NOT_FOUND' : 'VIDEO_ROOM_NOT_FOUND');
  if (written.seq !== null && written.at !== null)
    return { eventNumber: written.seq, at: written.at.toISOString() };
  const first = await knex('events')
    .where(identity(record))
    .first<{ seq: number; at: Date } | undefined>('seq', 'at');
  if (first) return { eventNumber: first.seq, at: first.at.toISOString() };
  // Another run has taken the row over: what this one still writes is of a life that is over (design.md section 3, "Rebirth").
  return { eventNumber: written.last_event_number, at: new Date().toISOString() };
}

/**
 * Locks the row, appends the event with the next number, and moves the row. The event's time is read under the lock, so that it
 * rises with the number. A write that was overtaken by a later one is still an event, but does not move the row back.
 */
function statement(record: TransitionRecord): string {
  const table = tableOf(record);
  const moves = Object.entries(transitionColumns(record)).map(
    ([column, value]) =>
      `${column} = case when :transition_number > row.transition_number
         then ${value === 'now' ? 'event.at' : `:${column}`} else row.${column} end`,
  );
  return `
    with locked as (
      select id, run_id, last_event_number from ${table}
      where id = :entity_id and app_id = :app_id for no key update
    ), event as (
      insert into events (app_id, entity, entity_id, seq, run_id, transition_number, type, from_state, to_state, reason,
        session_id, actor, data, at)
      select :app_id, :entity, id, last_event_number + 1, :run_id, :transition_number, :type, :from_state, :to_state, :reason,
        :session_id, :actor, cast(:data as jsonb), clock_timestamp()
      from locked where run_id is null or run_id in (:run_id, :created_run)
      on conflict (entity, entity_id, run_id, transition_number) do nothing
      returning entity_id, seq, at
    ), moved as (
      update ${table} as row set last_event_number = event.seq, last_modified_at = event.at, ${moves.join(', ')}
      from event where row.id = event.entity_id
    )
    select locked.run_id, locked.last_event_number, event.seq, event.at from locked left join event on true`;
}

const identity = (record: TransitionRecord) => ({
  entity: record.entity,
  entity_id: record.entityId,
  run_id: record.runId,
  transition_number: record.transitionNumber,
});

/** A drop, or a forced end, is told of the session that it ended. */
const sessionOf = (record: TransitionRecord): string | null =>
  (record.entity === 'videoRoom' ? record.endedSessionId : undefined) ?? record.sessionId;

/** A room's command that names nobody came from the control plane itself; a key does not know who asked its room. */
function actorOf(record: TransitionRecord): Actor | null {
  const known = record.actor ?? actorOfReason(record.reason);
  return known ?? (record.entity === 'videoRoom' ? 'operator' : null);
}

/** What an event tells beside its states; `'now'` is the event's own time. */
function eventData(record: TransitionRecord): object {
  return Object.fromEntries(Object.entries(record.patch).filter(([, value]) => value !== 'now'));
}

import type { Knex } from 'knex';
import type { MainActivities, RecordedTransition, TransitionRecord } from '../activities/types';
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
 * Makes the activity that writes one transition: row, event and event number in one transaction. The number is taken under the
 * row's lock, so numbers run 1...n without a gap, whoever writes at the same time. The same (entity, run, transition number)
 * written again changes nothing and returns the first result.
 *
 * Errors: VIDEO_ROOM_NOT_FOUND or STREAM_KEY_NOT_FOUND without a row, DATABASE_UNAVAILABLE, EarlierRoomStillLiveError (retry).
 */
export function createRecordTransition(knex: Knex): MainActivities['recordTransition'] {
  return async (record) => {
    try {
      return await whileDatabaseAnswers(() => knex.transaction((trx) => write(trx, record)));
    } catch (error) {
      throw hitsUniqueIndex(error, LIVE_ROOM_INDEX) ? new EarlierRoomStillLiveError() : error;
    }
  };
}

interface LockedRow {
  run_id: string | null;
  transition_number: number;
  last_event_number: number;
}

const tableOf = (record: TransitionRecord): string =>
  record.entity === 'streamKey' ? 'stream_keys' : 'video_rooms';

async function write(trx: Knex.Transaction, record: TransitionRecord): Promise<RecordedTransition> {
  const row = await lockRow(trx, record);
  // Another run has taken the row over: what this one still writes is of a life that is over (design.md section 3, "Rebirth").
  if (row.run_id !== null && row.run_id !== record.runId && row.run_id !== CREATED_BY_API_RUN_ID)
    return { eventNumber: row.last_event_number, at: new Date().toISOString() };
  const event = await insertEvent(trx, record, row.last_event_number + 1);
  if (!event) return firstResult(trx, record);
  await trx(tableOf(record))
    .where({ id: record.entityId })
    .update({
      last_event_number: event.seq,
      last_modified_at: event.at,
      // A write that was overtaken by a later one is still an event, but does not move the row back.
      ...(record.transitionNumber > row.transition_number ? transitionColumns(record, event.at) : {}),
    });
  return { eventNumber: event.seq, at: event.at.toISOString() };
}

async function lockRow(trx: Knex.Transaction, record: TransitionRecord): Promise<LockedRow> {
  const row = await trx(tableOf(record))
    .where({ id: record.entityId, app_id: record.appId })
    .forNoKeyUpdate()
    .first<LockedRow | undefined>('run_id', 'transition_number', 'last_event_number');
  if (row) return row;
  throw new CodedError(record.entity === 'streamKey' ? 'STREAM_KEY_NOT_FOUND' : 'VIDEO_ROOM_NOT_FOUND');
}

interface WrittenEvent {
  seq: number;
  at: Date;
}

const identity = (record: TransitionRecord) => ({
  entity: record.entity,
  entity_id: record.entityId,
  run_id: record.runId,
  transition_number: record.transitionNumber,
});

/** Undefined when this transition was written before. The time is read under the lock, so that it rises with the number. */
async function insertEvent(
  trx: Knex.Transaction,
  record: TransitionRecord,
  seq: number,
): Promise<WrittenEvent | undefined> {
  const [event] = await trx('events')
    .insert({
      ...identity(record),
      app_id: record.appId,
      seq,
      type: record.type,
      from_state: record.from,
      to_state: record.to,
      reason: record.reason,
      session_id: record.sessionId,
      data: JSON.stringify(eventData(record)),
      at: trx.raw('clock_timestamp()'),
    })
    .onConflict(['entity', 'entity_id', 'run_id', 'transition_number'])
    .ignore()
    .returning<WrittenEvent[]>(['seq', 'at']);
  return event;
}

/** What an event tells beside its states; `'now'` is the event's own time. */
function eventData(record: TransitionRecord): object {
  return Object.fromEntries(Object.entries(record.patch).filter(([, value]) => value !== 'now'));
}

async function firstResult(trx: Knex.Transaction, record: TransitionRecord): Promise<RecordedTransition> {
  const event = await trx('events').where(identity(record)).first<WrittenEvent>('seq', 'at');
  return { eventNumber: event.seq, at: event.at.toISOString() };
}

import type { Knex } from 'knex';
import type { Actor } from '../domain/actor';
import type { EventType } from '../domain/events';

/** One transition of a stream key or a room, numbered 1...n per entity. */
export interface EventRow {
  id: number;
  app_id: number;
  entity: 'streamKey' | 'videoRoom' | 'videoPost';
  entity_id: number;
  seq: number;
  run_id: string;
  transition_number: number;
  type: EventType;
  /** Null in an entity's first event. */
  from_state: string | null;
  to_state: string;
  reason: string | null;
  session_id: string | null;
  /** Null: nobody knows, since it is older than this column. */
  actor: Actor | null;
  data: Record<string, unknown>;
  at: Date;
}

/** An entity's events in order. */
export function listEvents(knex: Knex, entity: EventRow['entity'], entityId: number): Promise<EventRow[]> {
  return knex('events').where({ entity, entity_id: entityId }).orderBy('seq').select<EventRow[]>('*');
}

/** A room's events with numbers above `after`, in order, and the number of its last. */
export async function listRoomEvents(
  knex: Knex,
  roomId: number,
  { after, limit }: { after: number; limit: number },
): Promise<{ events: EventRow[]; last: number }> {
  const ofRoom = () => knex('events').where({ entity: 'videoRoom', entity_id: roomId });
  const events = await ofRoom().where('seq', '>', after).orderBy('seq').limit(limit).select<EventRow[]>('*');
  const newest = await ofRoom().max('seq as last').first<{ last: number | null }>();
  return { events, last: newest.last ?? 0 };
}

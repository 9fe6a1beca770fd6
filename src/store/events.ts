import type { Knex } from 'knex';
import type { EventType } from '../domain/events';

/** One transition of a stream key or a room, numbered 1...n per entity. */
export interface EventRow {
  id: number;
  app_id: number;
  entity: 'streamKey' | 'videoRoom';
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
  data: Record<string, unknown>;
  at: Date;
}

/** An entity's events in order. */
export function listEvents(knex: Knex, entity: EventRow['entity'], entityId: number): Promise<EventRow[]> {
  return knex('events').where({ entity, entity_id: entityId }).orderBy('seq').select<EventRow[]>('*');
}

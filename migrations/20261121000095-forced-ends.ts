import type { Knex } from 'knex';

const BEFORE = ['access_level', 'entity_state', 'member_id'];

async function tellOfRooms(knex: Knex, columns: readonly string[]): Promise<void> {
  const differs = columns.map((column) => `old.${column} is distinct from new.${column}`).join(' or ');
  await knex.raw('drop trigger video_rooms_tell_access on video_rooms');
  await knex.raw(
    `create trigger video_rooms_tell_access after update of ${columns.join(', ')} on video_rooms
     for each row when (${differs}) execute function tell_access('videoRoom', 'id')`,
  );
}

/** What was ended by force is shown no longer: doors look again. */
export const up = (knex: Knex): Promise<void> => tellOfRooms(knex, [...BEFORE, 'forcibly_terminated']);

export const down = (knex: Knex): Promise<void> => tellOfRooms(knex, BEFORE);

import type { Knex } from 'knex';

/** The orders of the list of rooms: a page is found by its place in the index, whatever the rows hold. */
const ORDERS = { video_rooms_by_creation: 'created_at', video_rooms_by_change: 'last_modified_at' };

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => table.dropIndex(['app_id', 'created_at', 'id']));
  for (const [name, column] of Object.entries(ORDERS)) {
    await knex.raw(
      `create index ${name} on video_rooms (app_id, ${column}, id) where entity_state = 'ACTIVE'`,
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(ORDERS)) await knex.raw(`drop index ${name}`);
  await knex.schema.alterTable('video_rooms', (table) => table.index(['app_id', 'created_at', 'id']));
}

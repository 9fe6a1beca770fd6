import type { Knex } from 'knex';

/** The media node of a room's newest session: whom a reborn room asks to end its timeline. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => table.text('node_id'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => table.dropColumn('node_id'));
}

import type { Knex } from 'knex';

/** The finished renditions of a video post: names, sizes in pixels and bytes. Null until they are made. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_posts', (table) => table.jsonb('renditions'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_posts', (table) => table.dropColumn('renditions'));
}

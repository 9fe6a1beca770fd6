import type { Knex } from 'knex';

/** Of posts that chose none; null: the system's. */
const COLUMNS = ['default_video_profile_id', 'default_thumbnail_profile_id', 'default_preview_profile_id'];

/** Which profiles an app's recordings and uploads are made by. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => {
    for (const name of COLUMNS) table.bigInteger(name).references('transcoding_profiles.id');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => table.dropColumns(...COLUMNS));
}

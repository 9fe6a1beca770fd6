import type { Knex } from 'knex';

const TABLES = ['video_rooms', 'video_posts'];

/** When the files of what was deleted were gone. Until then somebody has to see to it: the index finds those at once. */
export async function up(knex: Knex): Promise<void> {
  for (const name of TABLES) {
    await knex.schema.alterTable(name, (table) =>
      table.timestamp('files_deleted_at', { precision: 3, useTz: true }),
    );
    await knex.raw(
      `create index ${name}_files_to_delete on ${name} (id)
       where entity_state = 'DELETED' and files_deleted_at is null`,
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of TABLES)
    await knex.schema.alterTable(name, (table) => table.dropColumn('files_deleted_at'));
}

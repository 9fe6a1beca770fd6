import type { Knex } from 'knex';

/** A settled callback that somebody asks for again is delivered beside its line, which goes on without it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('callback_deliveries', (table) => {
    table.boolean('apart').notNullable().defaultTo(false);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('callback_deliveries', (table) => table.dropColumn('apart'));
}

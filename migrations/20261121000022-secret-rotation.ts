import type { Knex } from 'knex';

/** The API secret of before the last rotation goes on for a while; and what FlipFlop's clients know of a member besides. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => {
    table.binary('previous_api_secret_hash');
    table.timestamp('previous_api_secret_until', { precision: 3, useTz: true });
  });
  await knex.schema.alterTable('members', (table) => {
    table.text('country');
    table.text('lang');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('members', (table) => table.dropColumns('country', 'lang'));
  await knex.schema.alterTable('apps', (table) =>
    table.dropColumns('previous_api_secret_hash', 'previous_api_secret_until'),
  );
}

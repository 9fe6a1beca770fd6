import type { Knex } from 'knex';

/** A key counts for one asker and one operation, so the scope is what identifies a row. Kept answers of before are let go. */
export async function up(knex: Knex): Promise<void> {
  await knex('idempotency_keys').delete();
  await knex.schema.alterTable('idempotency_keys', (table) => {
    table.dropPrimary();
    table.dropColumn('key');
    table.binary('scope_hash').notNullable().primary();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex('idempotency_keys').delete();
  await knex.schema.alterTable('idempotency_keys', (table) => {
    table.dropPrimary();
    table.dropColumn('scope_hash');
    table.text('key').notNullable();
    table.primary(['app_id', 'key']);
  });
}

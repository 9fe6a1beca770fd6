import type { Knex } from 'knex';

/** What a request made whose answer is not kept: a repeat finds it again. An id of whatever the operation makes, so no reference. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('idempotency_keys', (table) => {
    table.bigInteger('made_id').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('idempotency_keys', (table) => {
    table.dropColumn('made_id');
  });
}

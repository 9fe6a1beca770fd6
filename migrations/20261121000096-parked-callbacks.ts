import type { Knex } from 'knex';

/** How many are given up is counted with each scrape of the metrics, among all callbacks of a month. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    "create index callback_deliveries_parked on callback_deliveries (app_id) where state = 'PARKED'",
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index callback_deliveries_parked');
}

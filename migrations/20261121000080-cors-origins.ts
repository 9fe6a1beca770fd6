import type { Knex } from 'knex';

/** The web pages whose requests an app takes, as a JSON list of origins; null: any. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table apps
      add column cors_origins jsonb,
      add constraint apps_cors_origins_list check (cors_origins is null or jsonb_typeof(cors_origins) = 'array')
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table apps drop column cors_origins');
}

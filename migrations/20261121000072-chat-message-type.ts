import type { Knex } from 'knex';

/** What first-generation chat calls a message's type; null where it came another way. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('channel_messages', (table) => table.text('chat_type'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('channel_messages', (table) => table.dropColumn('chat_type'));
}

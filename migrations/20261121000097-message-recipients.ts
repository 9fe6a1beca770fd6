import type { Knex } from 'knex';

/** Whether a direct message names a guest is asked before the guest is deleted. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index channel_messages_of_recipient on channel_messages using gin (recipients)
     where recipients is not null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index channel_messages_of_recipient');
}

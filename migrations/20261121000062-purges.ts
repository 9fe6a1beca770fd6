import type { Knex } from 'knex';

/** For the purges: how old a callback is, which guests are old, and whether a member wrote or may yet be told anything. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index callback_deliveries_by_age on callback_deliveries (created_at)');
  await knex.raw("create index members_guests_by_age on members (last_modified_at) where type = 'GUEST'");
  await knex.raw(
    'create index channel_messages_of_member on channel_messages (member_id) where member_id is not null',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index channel_messages_of_member');
  await knex.raw('drop index members_guests_by_age');
  await knex.raw('drop index callback_deliveries_by_age');
}

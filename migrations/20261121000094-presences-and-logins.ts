import type { Knex } from 'knex';

/** Who is in a channel is found without those who were; a login that ends tells who watches by it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index channel_members_present on channel_members (id) where state = 'ONLINE'`);
  await knex.raw(
    `create trigger refresh_families_tell_access after update of revoked_at on refresh_families
     for each row when (old.revoked_at is distinct from new.revoked_at)
     execute function tell_access('member', 'member_id')`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop trigger refresh_families_tell_access on refresh_families');
  await knex.raw('drop index channel_members_present');
}

import type { Knex } from 'knex';

/**
 * Rooms to come of a deleted member: marked together with it, cancelled by their workflows soon after. The index finds those that
 * nobody has cancelled yet at once.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) =>
    table.boolean('is_to_be_cancelled').notNullable().defaultTo(false),
  );
  // Of members that were deleted before there was such a mark.
  await knex.raw(
    `update video_rooms r set is_to_be_cancelled = true from members m
     where m.id = r.member_id and m.entity_state = 'DELETED'
       and r.state = 'SCHEDULED' and r.entity_state = 'ACTIVE' and r.stream_key_id is not null`,
  );
  await knex.raw(
    `create index video_rooms_to_cancel on video_rooms (id)
     where is_to_be_cancelled and state = 'SCHEDULED' and entity_state = 'ACTIVE'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => table.dropColumn('is_to_be_cancelled'));
}

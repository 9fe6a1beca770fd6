import type { Knex } from 'knex';

/**
 * Rooms of the other types have neither stream key nor, unless their app says so, a time. A room's password is kept as a hash.
 * An event says who brought it about; of events before this it is not known.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => {
    table.setNullable('stream_key_id');
    table.setNullable('scheduled_at');
    table.text('password_hash');
    table.boolean('manually_approval').notNullable().defaultTo(false);
    table.boolean('can_auto_room_composite_recording').notNullable().defaultTo(false);
    table.check(
      "type <> 'BROADCAST_RTMP' or (stream_key_id is not null and scheduled_at is not null)",
      {},
      'video_rooms_rtmp_has_key_and_time',
    );
  });
  await knex.schema.alterTable('events', (table) => table.text('actor'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('events', (table) => table.dropColumn('actor'));
  const others = knex('video_rooms').whereNull('stream_key_id').orWhereNull('scheduled_at').select('id');
  await knex('events').where({ entity: 'videoRoom' }).whereIn('entity_id', others).delete();
  await knex('video_rooms').whereNull('stream_key_id').orWhereNull('scheduled_at').delete();
  await knex.schema.alterTable('video_rooms', (table) => {
    table.dropChecks(['video_rooms_rtmp_has_key_and_time']);
    table.dropColumns('password_hash', 'manually_approval', 'can_auto_room_composite_recording');
    table.dropNullable('scheduled_at');
    table.dropNullable('stream_key_id');
  });
}

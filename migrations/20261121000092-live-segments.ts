import type { Knex } from 'knex';

/**
 * When the live segments of an archived broadcast were gone; the index finds those that are due at once. And what was left of
 * deleted rooms because their post is still shown is looked at once more: most of it is not needed any more.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) =>
    table.timestamp('live_segments_deleted_at', { precision: 3, useTz: true }),
  );
  await knex.raw(
    `create index video_rooms_with_live_segments on video_rooms (vod_archived_at)
     where vod_state = 'ARCHIVED' and entity_state = 'ACTIVE' and live_segments_deleted_at is null`,
  );
  await knex.raw(
    `update video_rooms r set files_deleted_at = null from video_posts p
     where p.video_room_id = r.id and p.entity_state = 'ACTIVE' and p.state = 'PROCESSED' and r.entity_state = 'DELETED'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('video_rooms', (table) => table.dropColumn('live_segments_deleted_at'));
}

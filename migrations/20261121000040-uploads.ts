import type { Knex } from 'knex';

const UPLOAD_STATES = ['OPEN', 'COMPLETED', 'TAKEN', 'REFUSED', 'EXPIRED'];

const time = (table: Knex.CreateTableBuilder, name: string) =>
  table.timestamp(name, { precision: 3, useTz: true });

/** The system's default profile of each type. */
const DEFAULT_PROFILES = { video_profile_id: 6, thumbnail_profile_id: 2, preview_profile_id: 3 };

/** Ours: FlipFlop names these types and shows none. */
const PICTURE_PROFILES = [
  {
    id: 2,
    type: 'THUMBNAIL',
    name: 'JPEG thumbnail',
    profile: { format: 'JPEG', longSide: 1280, atFraction: 0.1 },
  },
  {
    id: 3,
    type: 'PREVIEW',
    name: 'Silent preview of 6 s',
    profile: { format: 'MP4', longSide: 640, atFraction: 0.1, seconds: 6, frameRate: 15 },
  },
];

/** Files of posts that were uploaded, and the uploads on their way. */
export async function up(knex: Knex): Promise<void> {
  await knex('transcoding_profiles').insert(
    PICTURE_PROFILES.map((row) => ({ ...row, profile: JSON.stringify(row.profile), is_default: true })),
  );
  await knex.schema.alterTable('video_posts', (table) => {
    // src, thumbnail, preview: name on disk, type, bytes, original name.
    table.jsonb('files').notNullable().defaultTo('{}');
    for (const [name, id] of Object.entries(DEFAULT_PROFILES))
      table.bigInteger(name).notNullable().defaultTo(id).references('transcoding_profiles.id');
    table.index(['app_id', 'created_at', 'id']);
    table.index(['app_id', 'last_modified_at', 'id']);
    table.index(['member_id']);
  });
  await knex.raw(
    'create index video_posts_custom_data on video_posts using gin (custom_data jsonb_path_ops)',
  );
  await knex.schema.createTable('uploads', (table) => {
    table.bigIncrements('id');
    table.text('name').notNullable().unique();
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('video_post_id').notNullable().references('video_posts.id').onDelete('CASCADE').index();
    table.text('kind').notNullable().checkIn(['src', 'thumbnail', 'preview']);
    table.text('state').notNullable().defaultTo('OPEN').checkIn(UPLOAD_STATES);
    table.text('filename').notNullable();
    table.text('content_type').notNullable();
    table.bigInteger('bytes').notNullable();
    table.integer('part_count').notNullable();
    table.text('failure');
    time(table, 'expires_at').notNullable();
    time(table, 'created_at').notNullable().defaultTo(knex.fn.now(3));
    time(table, 'last_modified_at').notNullable().defaultTo(knex.fn.now(3));
  });
  await knex.raw(
    `create unique index uploads_one_open_per_file on uploads (video_post_id, kind) where state = 'OPEN'`,
  );
  await knex.raw(
    `create index uploads_to_sweep on uploads (expires_at) where state in ('OPEN', 'EXPIRED', 'REFUSED')`,
  );
  await knex.schema.createTable('upload_parts', (table) => {
    table.bigInteger('upload_id').notNullable().references('uploads.id').onDelete('CASCADE');
    table.integer('part_number').notNullable();
    table.text('etag').notNullable();
    table.bigInteger('bytes').notNullable();
    table.primary(['upload_id', 'part_number']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('upload_parts');
  await knex.schema.dropTable('uploads');
  await knex.raw('drop index video_posts_custom_data');
  await knex.schema.alterTable('video_posts', (table) => {
    table.dropIndex(['member_id']);
    table.dropIndex(['app_id', 'last_modified_at', 'id']);
    table.dropIndex(['app_id', 'created_at', 'id']);
    for (const name of ['files', ...Object.keys(DEFAULT_PROFILES)]) table.dropColumn(name);
  });
  await knex('transcoding_profiles')
    .whereIn(
      'id',
      PICTURE_PROFILES.map(({ id }) => id),
    )
    .delete();
}

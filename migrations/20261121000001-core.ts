import type { Knex } from 'knex';

const STREAM_KEY_STATES = [
  'INACTIVE',
  'ACTIVE_PREP',
  'ACTIVE',
  'ACTIVE_LIVE',
  'INACTIVE_LIVE',
  'ACTIVE_LIVE_PREP',
];
const ROOM_STATES = ['SCHEDULED', 'CANCELLED', 'LIVE', 'LIVE_INACTIVE', 'ENDED', 'ARCHIVED'];
const VOD_STATES = ['NOT_ARCHIVED', 'ARCHIVING', 'ARCHIVED', 'FAILED_ARCHIVING'];
const OUTPUT_MODES = ['RTMP', 'CMAF', 'RTMP_CMAF'];
const ENTITY_STATES = ['ACTIVE', 'DELETED'];
const POST_STATES = [
  'CREATED',
  'UPLOADED',
  'QUEUED',
  'PROCESSING',
  'PROCESSED',
  'FAILED_UPLOAD',
  'FAILED_QUEUING',
  'FAILED_PROCESSING',
];

/** The API shows milliseconds; the columns hold just that, so what is written is what is read. */
const time = (table: Knex.CreateTableBuilder, name: string) =>
  table.timestamp(name, { precision: 3, useTz: true });

function commonColumns(table: Knex.CreateTableBuilder, knex: Knex): void {
  table.text('entity_state').notNullable().defaultTo('ACTIVE').checkIn(ENTITY_STATES);
  time(table, 'created_at').notNullable().defaultTo(knex.fn.now(3));
  time(table, 'last_modified_at').notNullable().defaultTo(knex.fn.now(3));
}

/** What `recordTransition` keeps on each row that has a workflow. */
function transitionColumns(table: Knex.CreateTableBuilder): void {
  table.text('run_id');
  table.bigInteger('transition_number').notNullable().defaultTo(0);
  table.bigInteger('last_event_number').notNullable().defaultTo(0);
}

async function createTenants(knex: Knex): Promise<void> {
  await knex.schema.createTable('apps', (table) => {
    table.bigIncrements('id');
    table.text('name').notNullable();
    table.text('api_key').notNullable().unique();
    table.binary('api_secret_hash').notNullable();
    table.text('default_rtmp_output_mode').notNullable().defaultTo('RTMP').checkIn(OUTPUT_MODES);
    table.integer('reconnect_window_seconds').checkPositive();
    commonColumns(table, knex);
  });
  await knex.schema.createTable('members', (table) => {
    table.bigIncrements('id');
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.text('app_user_id').notNullable();
    table.text('app_user_name');
    table.text('app_user_profile_img_url');
    table.text('email');
    table.text('custom_type');
    table.jsonb('custom_data');
    commonColumns(table, knex);
    table.unique(['app_id', 'app_user_id']);
  });
}

async function createStreamKeys(knex: Knex): Promise<void> {
  await knex.schema.createTable('stream_keys', (table) => {
    table.bigIncrements('id');
    table.bigInteger('app_id').notNullable().references('apps.id').index();
    table.bigInteger('member_id').notNullable().unique().references('members.id');
    table.binary('key_hash').notNullable().unique();
    table.binary('key_ciphertext').notNullable();
    table.integer('key_version').notNullable().defaultTo(1);
    table.text('mode').checkIn(OUTPUT_MODES);
    table.text('state').notNullable().defaultTo('INACTIVE').checkIn(STREAM_KEY_STATES);
    table.boolean('forcibly_terminated').notNullable().defaultTo(false);
    table.bigInteger('epoch').notNullable().defaultTo(0);
    table.text('session_id');
    table.text('session_node_id');
    table.text('session_mode').checkIn(OUTPUT_MODES);
    table.bigInteger('video_room_id');
    table.jsonb('error');
    transitionColumns(table);
    commonColumns(table, knex);
  });
}

async function createVideoRooms(knex: Knex): Promise<void> {
  await knex.schema.createTable('video_rooms', (table) => {
    table.bigIncrements('id');
    table.uuid('uuid').notNullable().unique().defaultTo(knex.fn.uuid());
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('member_id').notNullable().references('members.id').index();
    table.bigInteger('stream_key_id').notNullable().references('stream_keys.id').index();
    table.text('playback_name').notNullable().unique();
    table.text('type').notNullable();
    table.text('title').notNullable().defaultTo('');
    table.text('description');
    table.text('access_level').notNullable().defaultTo('PUBLIC');
    table.text('custom_type');
    table.jsonb('custom_data');
    time(table, 'scheduled_at').notNullable();
    table.text('state').notNullable().defaultTo('SCHEDULED').checkIn(ROOM_STATES);
    table.text('vod_state').notNullable().defaultTo('NOT_ARCHIVED').checkIn(VOD_STATES);
    table.boolean('forcibly_terminated').notNullable().defaultTo(false);
    table.text('format').checkIn(OUTPUT_MODES);
    table.integer('reconnect_window_seconds').checkPositive();
    table.bigInteger('video_post_id');
    for (const name of ['live_started_at', 'live_ended_at', 'cancelled_at', 'vod_archived_at'])
      time(table, name);
    transitionColumns(table);
    commonColumns(table, knex);
    table.index(['app_id', 'created_at', 'id']);
  });
  // Two live rooms on one key are impossible here too, whatever a workflow believes.
  await knex.raw(
    `create unique index video_rooms_one_live_per_stream_key on video_rooms (stream_key_id)
     where state in ('LIVE', 'LIVE_INACTIVE')`,
  );
}

async function createVideoPosts(knex: Knex): Promise<void> {
  await knex.schema.createTable('video_posts', (table) => {
    table.bigIncrements('id');
    table.bigInteger('app_id').notNullable().references('apps.id').index();
    table.bigInteger('member_id').notNullable().references('members.id');
    // Unique: a room has one post, however often its archive is tried.
    table.bigInteger('video_room_id').unique().references('video_rooms.id');
    table.text('name').notNullable().unique();
    table.text('type').notNullable().checkIn(['LIVE_RECORDED', 'PRE_RECORDED']);
    table.text('state').notNullable().defaultTo('CREATED').checkIn(POST_STATES);
    table.text('title').notNullable().defaultTo('');
    table.text('description');
    table.text('access_level').notNullable().defaultTo('PUBLIC');
    table.jsonb('custom_data');
    table.bigInteger('duration_ms');
    table.integer('segments');
    table.bigInteger('original_bytes');
    table.text('failure');
    time(table, 'playable_at');
    time(table, 'uploaded_at');
    time(table, 'upload_failed_at');
    commonColumns(table, knex);
  });
}

async function createEvents(knex: Knex): Promise<void> {
  await knex.schema.createTable('events', (table) => {
    table.bigIncrements('id');
    table.bigInteger('app_id').notNullable().references('apps.id').index();
    table.text('entity').notNullable().checkIn(['streamKey', 'videoRoom']);
    table.bigInteger('entity_id').notNullable();
    table.bigInteger('seq').notNullable();
    table.text('run_id').notNullable();
    table.bigInteger('transition_number').notNullable();
    table.text('type').notNullable();
    table.text('from_state');
    table.text('to_state').notNullable();
    table.text('reason');
    table.text('session_id');
    table.jsonb('data').notNullable().defaultTo('{}');
    time(table, 'at').notNullable();
    table.unique(['entity', 'entity_id', 'run_id', 'transition_number']);
    table.unique(['entity', 'entity_id', 'seq']);
  });
}

async function createIdempotencyKeys(knex: Knex): Promise<void> {
  await knex.schema.createTable('idempotency_keys', (table) => {
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.text('key').notNullable();
    table.binary('request_hash').notNullable();
    // Who is carrying the request out; only this holder may store its answer.
    table.uuid('holder').notNullable();
    time(table, 'locked_until').notNullable();
    table.integer('status');
    table.binary('body_ciphertext');
    time(table, 'created_at').notNullable().defaultTo(knex.fn.now(3)).index();
    table.primary(['app_id', 'key']);
  });
}

export async function up(knex: Knex): Promise<void> {
  await createTenants(knex);
  await createStreamKeys(knex);
  await createVideoRooms(knex);
  await createVideoPosts(knex);
  await createEvents(knex);
  await createIdempotencyKeys(knex);
}

const TABLES_CHILDREN_FIRST = [
  'idempotency_keys',
  'events',
  'video_posts',
  'video_rooms',
  'stream_keys',
  'members',
  'apps',
];

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES_CHILDREN_FIRST) await knex.schema.dropTable(table);
}

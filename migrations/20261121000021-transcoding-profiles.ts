import type { Knex } from 'knex';

const PROFILE_TYPES = ['VIDEO', 'THUMBNAIL', 'PREVIEW', 'BROADCAST_RTMP'];
/** Below it the system's own, so that there is room for more of them. */
const FIRST_CUSTOM_ID = 1_000;

const audioStream = { name: 'audio', type: 'audio', bitrate: 128_000 };

const live = (streams: { name: string; width: number; height: number; bitrate: number }[]) => ({
  segmentDuration: 2,
  videoStreams: streams.map(({ name, ...stream }) => ({ name, type: 'video', ...stream })),
  audioStream,
  drm: false,
});

const vod = (format: 'CMAF' | 'MP4', shortSides: number[]) => ({
  format,
  segmentDuration: 4,
  maxFrameRate: 30,
  videoStreams: shortSides.map((shortSide) => ({ name: `${shortSide}p`, type: 'video', shortSide })),
  audioStream,
  drm: false,
});

/** FlipFlop's, by its ids (api/flipflop-api.md section 5.5). What its VIDEO profiles hold is not published: those are ours. */
const SYSTEM_PROFILES = [
  { id: 1, type: 'VIDEO', name: '720p MP4 for 16:9 (9:16)', profile: vod('MP4', [720]), isDefault: false },
  {
    id: 4,
    type: 'BROADCAST_RTMP',
    name: 'CMAF for 9:16 portrait',
    profile: live([
      { name: '360p', width: 360, height: 640, bitrate: 800_000 },
      { name: '720p', width: 720, height: 1280, bitrate: 3_000_000 },
    ]),
    isDefault: false,
  },
  { id: 5, type: 'VIDEO', name: '1080p MP4 for 16:9 (9:16)', profile: vod('MP4', [1080]), isDefault: false },
  { id: 6, type: 'VIDEO', name: 'CMAF for 16:9 (9:16)', profile: vod('CMAF', [720, 360]), isDefault: true },
  {
    id: 7,
    type: 'BROADCAST_RTMP',
    name: 'CMAF for 16:9 landscape',
    profile: live([
      { name: '360p', width: 640, height: 360, bitrate: 800_000 },
      { name: '720p', width: 1280, height: 720, bitrate: 3_000_000 },
    ]),
    isDefault: true,
  },
];

/** Transcoding profiles: the system's, and custom ones of an app; and which of them a key, or all keys of an app, are encoded by. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('transcoding_profiles', (table) => {
    table.bigIncrements('id');
    // Null: the system's, for all apps.
    table.bigInteger('app_id').references('apps.id').index();
    table.text('type').notNullable().checkIn(PROFILE_TYPES);
    table.text('name').notNullable();
    table.text('description');
    table.jsonb('profile').notNullable();
    table.integer('revision').notNullable().defaultTo(1);
    table.boolean('is_default').notNullable().defaultTo(false);
    table.text('entity_state').notNullable().defaultTo('ACTIVE').checkIn(['ACTIVE', 'DELETED']);
    for (const name of ['created_at', 'last_modified_at'])
      table.timestamp(name, { precision: 3, useTz: true }).notNullable().defaultTo(knex.fn.now(3));
  });
  await knex('transcoding_profiles').insert(
    SYSTEM_PROFILES.map(({ isDefault, profile, ...row }) => ({
      ...row,
      profile: JSON.stringify(profile),
      is_default: isDefault,
    })),
  );
  await knex.raw(`alter sequence transcoding_profiles_id_seq restart with ${FIRST_CUSTOM_ID}`);
  await knex.schema.alterTable('stream_keys', (table) => {
    table.bigInteger('profile_id').references('transcoding_profiles.id');
  });
  await knex.schema.alterTable('apps', (table) => {
    table.bigInteger('default_profile_id').references('transcoding_profiles.id');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => table.dropColumn('default_profile_id'));
  await knex.schema.alterTable('stream_keys', (table) => table.dropColumn('profile_id'));
  await knex.schema.dropTable('transcoding_profiles');
}

import { createKnex } from '../../src/store/knex';
import { migrateToLatest, rollbackAll } from '../../src/store/migrate';
import { startStack, type Stack } from '../support/stack';

const TABLES = [
  'allowed_members',
  'apps',
  'banned_chat_words',
  'callback_deliveries',
  'channel_members',
  'channel_messages',
  'channel_presences',
  'channels',
  'events',
  'follows',
  'friendships',
  'idempotency_keys',
  'member_event_log',
  'member_events',
  'members',
  'refresh_families',
  'signing_keys',
  'stream_keys',
  'transcoding_profiles',
  'upload_parts',
  'uploads',
  'video_posts',
  'video_rooms',
];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

async function tablesIn(databaseUrl: string): Promise<string[]> {
  const knex = createKnex(databaseUrl);
  try {
    const rows = await knex('information_schema.tables')
      .where({ table_schema: 'public' })
      .whereNot('table_name', 'like', 'knex_%')
      .orderBy('table_name')
      .select<{ table_name: string }[]>('table_name');
    return rows.map((row) => row.table_name);
  } finally {
    await knex.destroy();
  }
}

it('goes down to nothing and up again', async () => {
  const databaseUrl = await stack.createDatabase();
  expect(await tablesIn(databaseUrl)).toEqual(TABLES);
  expect(await migrateToLatest(databaseUrl)).toEqual([]);
  expect(await rollbackAll(databaseUrl)).not.toEqual([]);
  expect(await tablesIn(databaseUrl)).toEqual([]);
  expect(await migrateToLatest(databaseUrl)).not.toEqual([]);
  expect(await tablesIn(databaseUrl)).toEqual(TABLES);
});

it('migrates once where several starts come at the same time', async () => {
  const databaseUrl = await stack.createDatabase();
  await rollbackAll(databaseUrl);
  const runs = await Promise.all([1, 2, 3].map(() => migrateToLatest(databaseUrl)));
  expect(runs.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await tablesIn(databaseUrl)).toEqual(TABLES);
});

it('goes on after a start that was killed while it migrated', async () => {
  const databaseUrl = await stack.createDatabase();
  await rollbackAll(databaseUrl);
  const knex = createKnex(databaseUrl);
  await knex('knex_migrations_lock').update({ is_locked: 1 });
  await knex.destroy();
  expect(await migrateToLatest(databaseUrl)).not.toEqual([]);
});

it('does without the index of titles where its extension may not be made', async () => {
  const databaseUrl = await stack.createDatabase();
  const owner = createKnex(databaseUrl);
  await owner.raw('drop schema public cascade; create role "no_extensions" login password \'pw\'');
  await owner.raw('create schema public authorization "no_extensions"');
  const asLimited = new URL(databaseUrl);
  [asLimited.username, asLimited.password] = ['no_extensions', 'pw'];
  try {
    expect(await migrateToLatest(asLimited.href)).not.toEqual([]);
    expect(await tablesIn(asLimited.href)).toEqual(TABLES);
    const { rows } = await owner.raw<{ rows: unknown[] }>(
      "select 1 from pg_indexes where indexname like '%_by_title'",
    );
    expect(rows).toEqual([]);
    await rollbackAll(asLimited.href);
  } finally {
    await owner.raw('drop owned by "no_extensions" cascade; drop role "no_extensions"');
    await owner.destroy();
  }
});

it('tells a database that is not there', async () => {
  await expect(migrateToLatest('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow(/ECONNREFUSED/);
});

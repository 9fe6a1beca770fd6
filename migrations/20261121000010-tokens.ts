import type { Knex } from 'knex';

const MEMBER_TYPES = ['MEMBER', 'GUEST'];
const CREATOR_TYPES = ['USER', 'APP', 'MEMBER'];
/** A day, as the seed's "Getting started" has it; an app may set one minute to seven days. */
const DEFAULT_STREAMING_TOKEN_SECONDS = 24 * 60 * 60;
const STREAMING_TOKEN_SECONDS = [60, 7 * 24 * 60 * 60] as const;

const time = (table: Knex.CreateTableBuilder, name: string) =>
  table.timestamp(name, { precision: 3, useTz: true });

async function alterTenants(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => {
    table.integer('streaming_token_seconds').notNullable().defaultTo(DEFAULT_STREAMING_TOKEN_SECONDS);
    table.boolean('members_may_create_rooms').notNullable().defaultTo(true);
  });
  const [shortest, longest] = STREAMING_TOKEN_SECONDS;
  await knex.raw(
    `alter table apps add constraint apps_streaming_token_seconds_range
     check (streaming_token_seconds between ${shortest} and ${longest})`,
  );
  await knex.schema.alterTable('members', (table) => {
    table.text('type').notNullable().defaultTo('MEMBER').checkIn(MEMBER_TYPES);
    // Tokens that were issued earlier are revoked.
    time(table, 'tokens_valid_after');
  });
  await knex.schema.alterTable('video_rooms', (table) => {
    table.text('creator_type').notNullable().defaultTo('APP').checkIn(CREATOR_TYPES);
    // Null: the app itself.
    table.bigInteger('creator_id');
  });
}

/** Whoever deletes a member ends its tokens, also for the day when the same person registers again. */
async function endTokensOfDeleted(knex: Knex): Promise<void> {
  await knex.raw(`
    create function end_tokens_of_deleted_member() returns trigger language plpgsql as $$
    begin
      new.tokens_valid_after := date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond';
      return new;
    end $$`);
  await knex.raw(`
    create trigger members_deleted_end_tokens before update of entity_state on members
    for each row when (new.entity_state = 'DELETED' and old.entity_state <> 'DELETED')
    execute function end_tokens_of_deleted_member()`);
}

/** Signing keys of tokens, and logins whose refresh tokens follow one another. Neither holds a secret that can be read. */
async function createTokenTables(knex: Knex): Promise<void> {
  await knex.schema.createTable('signing_keys', (table) => {
    table.text('kid').primary();
    table.binary('secret_ciphertext').notNullable();
    time(table, 'created_at').notNullable().defaultTo(knex.fn.now(3));
    time(table, 'retired_at');
  });
  // One key signs at a time, whoever makes one.
  await knex.raw(
    'create unique index signing_keys_one_signs on signing_keys ((true)) where retired_at is null',
  );
  await knex.schema.createTable('refresh_families', (table) => {
    table.uuid('id').primary();
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('member_id').notNullable().references('members.id').index();
    // How often it was rotated: only the token of the newest generation is fresh.
    table.integer('generation').notNullable().defaultTo(0);
    time(table, 'created_at').notNullable();
    time(table, 'rotated_at').notNullable();
    time(table, 'expires_at').notNullable().index();
    time(table, 'revoked_at');
  });
}

export async function up(knex: Knex): Promise<void> {
  await alterTenants(knex);
  await endTokensOfDeleted(knex);
  await createTokenTables(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('refresh_families');
  await knex.schema.dropTable('signing_keys');
  await knex.raw('drop trigger members_deleted_end_tokens on members');
  await knex.raw('drop function end_tokens_of_deleted_member()');
  await knex.schema.alterTable('video_rooms', (table) => table.dropColumns('creator_type', 'creator_id'));
  await knex.schema.alterTable('members', (table) => table.dropColumns('type', 'tokens_valid_after'));
  await knex.schema.alterTable('apps', (table) =>
    table.dropColumns('streaming_token_seconds', 'members_may_create_rooms'),
  );
}

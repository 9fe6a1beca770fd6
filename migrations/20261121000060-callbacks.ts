import type { Knex } from 'knex';

const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'PARKED'];

const time = (table: Knex.CreateTableBuilder, name: string) =>
  table.timestamp(name, { precision: 3, useTz: true });

async function addSettings(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => {
    table.text('callback_url');
    table.text('callback_id');
    table.binary('callback_password_ciphertext');
    // Encrypted JSON: one secret, or two while they rotate.
    table.binary('callback_secrets');
    // Null: all that FlipFlop knows.
    table.specificType('callback_types', 'text[]');
  });
}

/** Events of rooms and keys are written by their workflows; posts are moved by many, so the row itself tells. */
async function letPostsTell(knex: Knex): Promise<void> {
  await replaceEntityCheck(knex, ['streamKey', 'videoRoom', 'videoPost']);
  await knex.schema.alterTable('video_posts', (table) => {
    table.bigInteger('last_event_number').notNullable().defaultTo(0);
  });
  // Numbered before the write, told after it: an insert that ends in "do nothing" must tell nothing.
  await knex.raw(`
    create function number_video_post_event() returns trigger language plpgsql as $$
    begin
      new.last_event_number := case when tg_op = 'INSERT' then 1 else old.last_event_number + 1 end;
      return new;
    end $$;
    create trigger number_video_post_event_of_insert before insert on video_posts
      for each row execute function number_video_post_event();
    create trigger number_video_post_event_of_move before update on video_posts
      for each row when (old.state is distinct from new.state) execute function number_video_post_event();

    create function tell_video_post_event() returns trigger language plpgsql as $$
    begin
      insert into events (app_id, entity, entity_id, seq, run_id, transition_number, type, from_state, to_state, at)
      values (new.app_id, 'videoPost', new.id, new.last_event_number, 'row', new.last_event_number,
              'VIDEO_POST_' || new.state, case when tg_op = 'INSERT' then null else old.state end, new.state,
              clock_timestamp());
      return null;
    end $$;
    create trigger tell_video_post_event_of_insert after insert on video_posts
      for each row execute function tell_video_post_event();
    create trigger tell_video_post_event_of_move after update on video_posts
      for each row when (old.state is distinct from new.state) execute function tell_video_post_event();
  `);
}

async function replaceEntityCheck(knex: Knex, entities: string[]): Promise<void> {
  const { rows } = await knex.raw<{ rows: { conname: string }[] }>(
    `select conname from pg_constraint
     where conrelid = 'events'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%streamKey%'`,
  );
  for (const { conname } of rows) await knex.raw('alter table events drop constraint ??', [conname]);
  const list = entities.map((entity) => `'${entity}'`).join(', ');
  await knex.raw(`alter table events add constraint events_entity_check check (entity in (${list}))`);
}

async function createDeliveries(knex: Knex): Promise<void> {
  await knex.schema.createTable('callback_deliveries', (table) => {
    table.bigIncrements('id');
    // What receivers know it by; says nothing about how much others send.
    table.uuid('uuid').notNullable().defaultTo(knex.fn.uuid());
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('event_id').notNullable().unique().references('events.id').onDelete('CASCADE');
    table.text('entity').notNullable();
    table.bigInteger('entity_id').notNullable();
    // 1...n per entity without a gap, counting what is sent.
    table.bigInteger('number').notNullable();
    table.text('type').notNullable();
    table.text('state').notNullable().defaultTo('PENDING').checkIn(DELIVERY_STATES);
    // Rises when somebody asks for it again: what an attempt of an earlier round finds out is dropped.
    table.integer('round').notNullable().defaultTo(1);
    table.integer('attempts').notNullable().defaultTo(0);
    table.integer('attempts_of_round').notNullable().defaultTo(0);
    table.integer('refusals_of_round').notNullable().defaultTo(0);
    time(table, 'round_began_at');
    time(table, 'last_attempt_at');
    time(table, 'delivered_at');
    time(table, 'due_at').notNullable().defaultTo(knex.raw('clock_timestamp()'));
    table.integer('last_status');
    table.text('last_error');
    time(table, 'created_at').notNullable().defaultTo(knex.raw('clock_timestamp()'));
    table.unique(['entity', 'entity_id', 'number']);
    table.index(['app_id', 'id']);
  });
  await knex.raw(
    `create index callback_deliveries_pending on callback_deliveries (entity, entity_id, number)
     where state = 'PENDING'`,
  );
}

/**
 * A callback is written with its event, in one transaction: none is lost, whoever dies after the commit. Numbers are safe
 * since every event is written under its entity's row lock.
 */
async function createCallbacksOfEvents(knex: Knex): Promise<void> {
  await knex.raw(`
    create function add_callback_of_event() returns trigger language plpgsql as $$
    declare
      wanted record;
    begin
      select callback_url, callback_types into wanted from apps where id = new.app_id;
      if wanted.callback_url is null then return null; end if;
      -- Ours alone: receivers that were written for FlipFlop do not know it, so it is sent on request only.
      if wanted.callback_types is null and new.type = 'VIDEO_ROOM_ARCHIVING' then return null; end if;
      if wanted.callback_types is not null and not new.type = any (wanted.callback_types) then return null; end if;
      insert into callback_deliveries (app_id, event_id, entity, entity_id, number, type)
      select new.app_id, new.id, new.entity, new.entity_id, coalesce(max(number), 0) + 1, new.type
      from callback_deliveries where entity = new.entity and entity_id = new.entity_id;
      perform pg_notify('showrunner_callbacks', json_build_object(
        'appId', new.app_id, 'entity', new.entity, 'entityId', new.entity_id)::text);
      return null;
    end $$;
    create trigger add_callback_of_event after insert on events
      for each row execute function add_callback_of_event();
  `);
}

export async function up(knex: Knex): Promise<void> {
  await addSettings(knex);
  await letPostsTell(knex);
  await createDeliveries(knex);
  await createCallbacksOfEvents(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop trigger add_callback_of_event on events; drop function add_callback_of_event()');
  await knex.schema.dropTable('callback_deliveries');
  await knex.raw(`
    drop trigger tell_video_post_event_of_insert on video_posts;
    drop trigger tell_video_post_event_of_move on video_posts;
    drop trigger number_video_post_event_of_insert on video_posts;
    drop trigger number_video_post_event_of_move on video_posts;
    drop function tell_video_post_event();
    drop function number_video_post_event();
  `);
  await knex.schema.alterTable('video_posts', (table) => table.dropColumn('last_event_number'));
  await knex('events').where({ entity: 'videoPost' }).delete();
  await replaceEntityCheck(knex, ['streamKey', 'videoRoom']);
  await knex.schema.alterTable('apps', (table) => {
    for (const column of ['url', 'id', 'password_ciphertext', 'secrets', 'types'])
      table.dropColumn(`callback_${column}`);
  });
}

import type { Knex } from 'knex';

const MEMBER_TYPES = ['OPERATOR', 'MEMBER'];
const MEMBER_STATES = ['ONLINE', 'OFFLINE', 'BANNED', 'LEAVED'];
const ORIGINS = ['MEMBER', 'APP', 'SYSTEM'];
const MESSAGE_TYPES = ['MESSAGE', 'SIGNAL'];
const DELIVERY_TYPES = ['UNICAST', 'BROADCAST'];

const time = (table: Knex.CreateTableBuilder, name: string) =>
  table.timestamp(name, { precision: 3, useTz: true });

async function createChannels(knex: Knex): Promise<void> {
  await knex.schema.createTable('channels', (table) => {
    // One a room, under the room's id.
    table.bigInteger('id').primary().references('video_rooms.id').onDelete('CASCADE');
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.integer('online_members').notNullable().defaultTo(0);
    // First-generation chat: the app opens and closes it by itself.
    time(table, 'chat_created_at');
    time(table, 'chat_closed_at');
    time(table, 'created_at').notNullable().defaultTo(knex.fn.now(3));
    time(table, 'last_modified_at').notNullable().defaultTo(knex.fn.now(3));
  });
  await knex.schema.createTable('channel_members', (table) => {
    table.bigIncrements('id');
    table.bigInteger('channel_id').notNullable().references('channels.id').onDelete('CASCADE');
    table.bigInteger('member_id').notNullable().references('members.id').index();
    table.text('type').notNullable().checkIn(MEMBER_TYPES);
    table.text('state').notNullable().checkIn(MEMBER_STATES);
    table.text('custom_type');
    table.jsonb('custom_data');
    time(table, 'joined_at').notNullable();
    for (const name of ['rejoined_at', 'last_seen_at', 'banned_at', 'unbanned_at', 'left_at'])
      time(table, name);
    table.boolean('auto_leaved').notNullable().defaultTo(false);
    table.unique(['channel_id', 'member_id']);
  });
}

async function createMessages(knex: Knex): Promise<void> {
  await knex.schema.createTable('channel_messages', (table) => {
    table.bigIncrements('id');
    table.bigInteger('channel_id').notNullable().references('channels.id').onDelete('CASCADE');
    table.text('message_id').notNullable();
    table.bigInteger('member_id').references('members.id');
    table.text('origin').notNullable().checkIn(ORIGINS);
    table.text('type').notNullable().checkIn(MESSAGE_TYPES);
    table.text('delivery_type').notNullable().checkIn(DELIVERY_TYPES);
    table.text('custom_type');
    table.text('message');
    table.jsonb('custom_data');
    // Of a direct message: who may see it.
    table.specificType('recipients', 'bigint[]');
    time(table, 'hidden_at');
    time(table, 'deleted_at');
    table.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.raw('clock_timestamp()'));
    table.unique(['channel_id', 'message_id']);
    table.index(['channel_id', 'id']);
  });
  await knex.schema.createTable('banned_chat_words', (table) => {
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.text('word').notNullable();
    table.primary(['app_id', 'word']);
  });
}

/**
 * What members are told. Rows are written in the transaction of what they tell, so their ids are not in the order of their
 * commits: an id could become visible after a later one had been sent, and would be lost to whoever resumes behind that.
 * Therefore a row has no position until it is committed; then the numbering below gives it the next one, one numbering at a
 * time. A position that can be read is final, and everything before it can be read too.
 */
async function createMemberEvents(knex: Knex): Promise<void> {
  await knex.schema.createTable('member_events', (table) => {
    table.bigIncrements('id');
    table.bigInteger('position').unique();
    table.bigInteger('app_id').notNullable().references('apps.id');
    // To one member, or to all who are in the channel at this position.
    table.bigInteger('member_id').references('members.id');
    table.bigInteger('channel_id').references('channels.id').onDelete('CASCADE');
    // A transition, or what is told in the payload.
    table.bigInteger('event_id').references('events.id').onDelete('CASCADE');
    table.text('message_id').notNullable();
    table.jsonb('payload');
    table
      .timestamp('created_at', { useTz: true })
      .notNullable()
      .defaultTo(knex.raw('clock_timestamp()'))
      .index();
    table.check('(member_id is null) <> (channel_id is null)');
    table.check('(event_id is null) <> (payload is null)');
    table.index(['member_id', 'position']);
    table.index(['channel_id', 'position']);
  });
  // Deleting a transition or a message finds its rows.
  await knex.raw(
    'create index member_events_of_event on member_events (event_id) where event_id is not null',
  );
  await knex.raw('create index member_events_of_message on member_events (message_id)');
  await knex.raw('create index member_events_unnumbered on member_events (id) where position is null');
  await knex.schema.createTable('channel_presences', (table) => {
    table.bigIncrements('id');
    table.bigInteger('channel_id').notNullable().references('channels.id').onDelete('CASCADE');
    table.bigInteger('member_id').notNullable().references('members.id');
    // The rows of member_events that tell of coming and going (those go after a week, so these are no references)
    table.bigInteger('joined_event_id').notNullable().unique();
    table.bigInteger('left_event_id').unique();
    // and their positions: the member is told what is between them, both included.
    table.bigInteger('from_position');
    table.bigInteger('to_position');
    table.index(['member_id', 'channel_id']);
  });
  await knex.raw(
    `create index channel_presences_unnumbered on channel_presences (id)
     where from_position is null or (left_event_id is not null and to_position is null)`,
  );
  await knex.schema.createTable('member_event_log', (table) => {
    table.boolean('one').primary().defaultTo(true).checkIn(['true']);
    // The newest position, and the newest that was deleted for its age.
    table.bigInteger('position').notNullable().defaultTo(0);
    table.bigInteger('forgotten').notNullable().defaultTo(0);
  });
  await knex('member_event_log').insert({ one: true });
}

/** Nanoseconds as FlipFlop writes them; the last three digits are the id's, so that no two of a microsecond are alike. */
const MESSAGE_ID = `
  create function showrunner_message_id() returns trigger language plpgsql as $$
  begin
    if new.message_id is null then
      new.message_id := to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
        || lpad((new.id % 1000)::text, 3, '0') || 'Z';
    end if;
    return new;
  end $$`;

/** A room's first event has no audience: nobody can have joined the channel yet. */
const ADDRESS_EVENT = `
  create function showrunner_address_event() returns trigger language plpgsql as $$
  begin
    if new.entity = 'streamKey' then
      insert into member_events (app_id, member_id, event_id)
        select new.app_id, k.member_id, new.id from stream_keys k where k.id = new.entity_id;
    elsif new.entity = 'videoRoom' and new.seq > 1 then
      insert into member_events (app_id, channel_id, event_id)
        select new.app_id, c.id, new.id from channels c where c.id = new.entity_id;
    end if;
    return null;
  end $$`;

const CREATE_CHANNEL = `
  create function showrunner_create_channel() returns trigger language plpgsql as $$
  begin
    insert into channels (id, app_id) values (new.id, new.app_id);
    return null;
  end $$`;

const TELL_MEMBER_EVENTS = `
  create function showrunner_tell_member_events() returns trigger language plpgsql as $$
  begin
    perform pg_notify('showrunner_member_events', '');
    return null;
  end $$`;

/** A ban ends playback too. */
const TELL_BAN = `
  create function showrunner_tell_ban() returns trigger language plpgsql as $$
  begin
    perform pg_notify('showrunner_access', json_build_object('appId', c.app_id, 'entity', 'videoRoom', 'id', c.id)::text)
      from channels c where c.id = new.channel_id;
    return null;
  end $$`;

/**
 * Numbers what was committed, and answers the newest position. The log's row is its lock. Each statement sees what was committed
 * before it began, so whoever was told of a row and calls this finds it numbered afterwards, by this call or by another.
 */
const NUMBER = `
  create function showrunner_number_member_events() returns bigint language plpgsql as $$
  declare newest bigint;
  begin
    if not exists (select 1 from member_events where position is null) then
      return (select position from member_event_log);
    end if;
    select position into newest from member_event_log for update;
    with pending as (
      select id, row_number() over (order by id) as nth from member_events where position is null
    ), numbered as (
      update member_events e set position = newest + p.nth from pending p where e.id = p.id returning e.position
    )
    select coalesce(max(position), newest) into newest from numbered;
    update channel_presences p set from_position = e.position
      from member_events e where p.from_position is null and e.id = p.joined_event_id;
    update channel_presences p set to_position = e.position
      from member_events e
      where p.left_event_id is not null and p.to_position is null and e.id = p.left_event_id;
    update member_event_log set position = newest;
    return newest;
  end $$`;

const TRIGGERS: [name: string, table: string, rest: string][] = [
  [
    'channel_messages_id',
    'before insert on channel_messages',
    'for each row execute function showrunner_message_id()',
  ],
  [
    'member_events_id',
    'before insert on member_events',
    'for each row execute function showrunner_message_id()',
  ],
  ['events_address', 'after insert on events', 'for each row execute function showrunner_address_event()'],
  [
    'video_rooms_channel',
    'after insert on video_rooms',
    'for each row execute function showrunner_create_channel()',
  ],
  [
    'member_events_tell',
    'after insert on member_events',
    'for each statement execute function showrunner_tell_member_events()',
  ],
  [
    'channel_members_tell_ban',
    'after update on channel_members',
    `for each row when (new.state <> old.state and 'BANNED' in (new.state, old.state))
     execute function showrunner_tell_ban()`,
  ],
];

const FUNCTIONS = [MESSAGE_ID, ADDRESS_EVENT, CREATE_CHANNEL, TELL_MEMBER_EVENTS, TELL_BAN, NUMBER];

export async function up(knex: Knex): Promise<void> {
  await createChannels(knex);
  await createMessages(knex);
  await createMemberEvents(knex);
  for (const text of FUNCTIONS) await knex.raw(text);
  for (const [name, table, rest] of TRIGGERS) await knex.raw(`create trigger ${name} ${table} ${rest}`);
  await knex.raw(
    'insert into channels (id, app_id, created_at) select id, app_id, created_at from video_rooms',
  );
}

const TABLES_CHILDREN_FIRST = [
  'member_event_log',
  'channel_presences',
  'member_events',
  'banned_chat_words',
  'channel_messages',
  'channel_members',
  'channels',
];

export async function down(knex: Knex): Promise<void> {
  for (const [name, table] of TRIGGERS) await knex.raw(`drop trigger ${name} on ${table.split(' ').at(-1)}`);
  for (const text of FUNCTIONS) await knex.raw(`drop function ${/function (\w+)/.exec(text)?.[1]}()`);
  for (const table of TABLES_CHILDREN_FIRST) await knex.schema.dropTable(table);
}

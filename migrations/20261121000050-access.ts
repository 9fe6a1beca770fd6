import type { Knex } from 'knex';

/**
 * What decides who may watch tells each change on the channel `showrunner_access`, as {appId, entity, id}. The first argument is
 * the entity (or `@` and the column that says it), the others are the columns with the ids of what to look at again.
 */
const TELL = `
  create function tell_access() returns trigger language plpgsql as $$
  declare
    changed jsonb;
    entity text := tg_argv[0];
    app jsonb;
  begin
    if tg_op = 'DELETE' then changed := to_jsonb(old); else changed := to_jsonb(new); end if;
    app := case tg_table_name
      when 'apps' then changed -> 'id'
      when 'channel_members' then
        (select to_jsonb(c.app_id) from channels c where c.id = (changed ->> 'channel_id')::bigint)
      else changed -> 'app_id' end;
    if entity like '@%' then entity := changed ->> substr(entity, 2); end if;
    for at in 1 .. tg_nargs - 1 loop
      perform pg_notify('showrunner_access', json_build_object(
        'appId', app, 'entity', entity, 'id', changed -> tg_argv[at])::text);
    end loop;
    return null;
  end $$`;

/** Only these columns matter: rows that change with each step of a broadcast tell nothing here. */
const COLUMNS = {
  apps: { entity: 'app', columns: ['access_levels', 'entity_state'] },
  members: { entity: 'member', columns: ['entity_state', 'type', 'tokens_valid_after'] },
  video_rooms: { entity: 'videoRoom', columns: ['access_level', 'entity_state', 'member_id'] },
  video_posts: { entity: 'videoPost', columns: ['access_level', 'entity_state', 'member_id'] },
};

/** Coming and going in a channel tells nothing here either. */
const BANS = {
  channel_members_ban: `after insert on channel_members for each row when (new.state = 'BANNED')`,
  channel_members_change: `after update of state on channel_members for each row
    when ((old.state = 'BANNED') <> (new.state = 'BANNED'))`,
};

/** Rows that tie a member to somebody or something: whom to look at again when one comes or goes. */
const TIES = {
  follows: `'member', 'follower_id'`,
  friendships: `'member', 'member_id', 'friend_id'`,
  allowed_members: `'@entity', 'entity_id'`,
};

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('apps', (table) => {
    table.text('access_levels').notNullable().defaultTo('enforced').checkIn(['enforced', 'original']);
  });
  await knex.raw(TELL);
  for (const [table, { entity, columns }] of Object.entries(COLUMNS)) {
    const differs = columns.map((column) => `old.${column} is distinct from new.${column}`).join(' or ');
    await knex.raw(
      `create trigger ${table}_tell_access after update of ${columns.join(', ')} on ${table}
       for each row when (${differs}) execute function tell_access('${entity}', 'id')`,
    );
  }
  for (const [table, args] of Object.entries(TIES)) {
    await knex.raw(
      `create trigger ${table}_tell_access after insert or delete on ${table}
       for each row execute function tell_access(${args})`,
    );
  }
  for (const [name, when] of Object.entries(BANS))
    await knex.raw(`create trigger ${name} ${when} execute function tell_access('member', 'member_id')`);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [...Object.keys(COLUMNS), ...Object.keys(TIES)])
    await knex.raw(`drop trigger ${table}_tell_access on ${table}`);
  for (const name of Object.keys(BANS)) await knex.raw(`drop trigger ${name} on channel_members`);
  await knex.raw('drop function tell_access()');
  await knex.schema.alterTable('apps', (table) => table.dropColumn('access_levels'));
}

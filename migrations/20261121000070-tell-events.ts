import type { Knex } from 'knex';

/** Whoever waits for transitions is told of each at its commit: the row's id on the channel `showrunner_events`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function showrunner_tell_event() returns trigger language plpgsql as $$
    begin
      perform pg_notify('showrunner_events', new.id::text);
      return null;
    end $$`);
  await knex.raw(
    'create trigger events_tell after insert on events for each row execute function showrunner_tell_event()',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop trigger events_tell on events');
  await knex.raw('drop function showrunner_tell_event()');
}

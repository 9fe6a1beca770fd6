import type { Knex } from 'knex';

/** Found by parts of their titles. */
const TABLES = ['video_rooms', 'video_posts'];

/**
 * An index of the titles' trigrams: a search for part of a title reads what matches, not all of an app. pg_trgm comes with Postgres
 * and may be made by whoever may create in the database; where it may not, or is not installed, searches work without, slower.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    do $$ begin
      create extension if not exists pg_trgm;
    exception when insufficient_privilege or undefined_file or feature_not_supported then
      raise warning 'no pg_trgm (%): searches of titles read all titles of an app', sqlerrm;
    end $$`);
  const operators = await trigramOperators(knex);
  if (operators === null) return;
  for (const table of TABLES)
    await knex.raw(
      `create index ${table}_by_title on ${table} using gin (title ${operators}) where entity_state = 'ACTIVE'`,
    );
}

/** With the schema of the extension, which an operator may have put anywhere; null without it. */
async function trigramOperators(knex: Knex): Promise<string | null> {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    `select quote_ident(n.nspname) || '.gin_trgm_ops' as name
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'`,
  );
  return rows[0]?.name ?? null;
}

/** The extension stays: somebody else may use it by now. */
export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES) await knex.raw(`drop index if exists ${table}_by_title`);
}

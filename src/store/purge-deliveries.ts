import type { Knex } from 'knex';
import { PURGE_BATCH_ROWS } from './purge';

/** A callback is tried for a day; who finds out later what was missed, or is asked for it, does so within a month. */
export const KEEP_DELIVERIES_DAYS = 30;

/**
 * Deletes old callbacks that are settled; answers how many. The newest of each room, key and post stays: the next number counts
 * from it. Walks by id, past what stays, so that no statement is long.
 */
export async function purgeDeliveries(knex: Knex): Promise<number> {
  const upTo = await newestOld(knex);
  let deleted = 0;
  for (let after: number | null = 0; after !== null;) {
    const batch: Batch = await purgeSome(knex, after, upTo);
    deleted += batch.deleted;
    after = batch.last;
  }
  return deleted;
}

interface Batch {
  /** Where the next one begins; null: there is none. */
  last: number | null;
  deleted: number;
}

/** The id up to which old ones are found; 0: none is. */
async function newestOld(knex: Knex): Promise<number> {
  const row = await knex('callback_deliveries')
    .whereRaw('created_at < now() - make_interval(days => ?)', [KEEP_DELIVERIES_DAYS])
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first<{ id: number } | undefined>('id');
  return row?.id ?? 0;
}

async function purgeSome(knex: Knex, after: number, upTo: number): Promise<Batch> {
  const { rows } = await knex.raw<{ rows: Batch[] }>(
    `with batch as (
       select id from callback_deliveries where id > :after and id <= :upTo order by id limit :limit
     ), gone as (
       delete from callback_deliveries d using batch
       where d.id = batch.id and d.state <> 'PENDING' and d.created_at < now() - make_interval(days => :days)
         and exists (
           select 1 from callback_deliveries later
           where later.entity = d.entity and later.entity_id = d.entity_id and later.number > d.number)
       returning 1
     )
     select (select max(id) from batch) as last, (select count(*) from gone) as deleted`,
    { after, upTo, limit: PURGE_BATCH_ROWS, days: KEEP_DELIVERIES_DAYS },
  );
  return rows[0] ?? { last: null, deleted: 0 };
}

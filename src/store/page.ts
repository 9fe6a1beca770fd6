import type { Knex } from 'knex';

/** FlipFlop's orders of every list (api/flipflop-api.md section 1.2). */
export const TIME_SORTS = [
  'CREATED_AT_ASC',
  'CREATED_AT_DESC',
  'LAST_MODIFIED_AT_ASC',
  'LAST_MODIFIED_AT_DESC',
] as const;
export type TimeSort = (typeof TIME_SORTS)[number];

export interface PageRequest<Sort extends string = TimeSort> {
  /** From 0. */
  page: number;
  pageSize: number;
  sortBy: Sort;
}

export interface SortColumn {
  column: string;
  order: 'asc' | 'desc';
}

/** The columns of the common orders, of the table with that alias. */
export const timeOrder = (alias: string): Record<TimeSort, SortColumn> => ({
  CREATED_AT_ASC: { column: `${alias}.created_at`, order: 'asc' },
  CREATED_AT_DESC: { column: `${alias}.created_at`, order: 'desc' },
  LAST_MODIFIED_AT_ASC: { column: `${alias}.last_modified_at`, order: 'asc' },
  LAST_MODIFIED_AT_DESC: { column: `${alias}.last_modified_at`, order: 'desc' },
});

/** In LIKE, these characters would match more than themselves. */
export const asLiteral = (text: string): string => text.replace(/[\\%_]/g, (character) => `\\${character}`);

export interface PageSource<Sort extends string> {
  /** All that match, without order. Called once to count and once to read. */
  matching(knex: Knex): Knex.QueryBuilder;
  /** Where a row shows more than what it is found by: all rows with that, of which one page is read. */
  detailed?(knex: Knex): Knex.QueryBuilder;
  columns: readonly (string | Knex.Raw)[];
  order: Record<Sort, SortColumn>;
  /** Unique; breaks ties, so that nothing is on two pages. */
  tieBreaker: string;
}

/** One page and how many match in all, both from one snapshot. A page beyond the end is empty. */
export function readPage<Row, Sort extends string>(
  knex: Knex,
  { matching, detailed, columns, order: orders, tieBreaker }: PageSource<Sort>,
  { page, pageSize, sortBy }: PageRequest<Sort>,
): Promise<{ rows: Row[]; total: number }> {
  const { column, order } = orders[sortBy];
  const by = [
    { column, order },
    { column: tieBreaker, order },
  ];
  return knex.transaction(
    async (trx) => {
      const counted = (await matching(trx).count('* as total').first()) as { total: number };
      const found = matching(trx)
        .orderBy(by)
        .limit(pageSize)
        .offset(page * pageSize);
      const read = detailed ? detailed(trx).whereIn(tieBreaker, found.select(tieBreaker)).orderBy(by) : found;
      return { rows: (await read.select(columns as string[])) as Row[], total: counted.total };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

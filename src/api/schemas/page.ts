import { z } from 'zod';
import { said } from '../contract/operation';
import { text } from './fields';

/** FlipFlop's samples use 10. */
const DEFAULT_PAGE_SIZE = 10;
/** What one answer may cost us: more is clamped to this. */
const MAX_PAGE_SIZE = 1_000;
/** Times the largest page size this is still a safe integer. What lies beyond the end is empty, and costs no more than the end. */
const MAX_PAGE = 1_000_000_000_000;
const MAX_KEYWORD_CHARACTERS = 255;

/** An empty value of a query is how forms say "not set". */
const unset = (value: unknown): unknown => (value === '' ? undefined : value);

/** A filter of a list that may be left out, or be empty. */
export const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(unset, schema.optional());

/** A whole number as it stands in a query. */
export const wholeNumber = (min: number, max: number) => {
  const message = `takes a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^[0-9]{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .meta({ wholeNumber: { min, max } });
};

/** An id as a filter. */
export const idFilter = () => optional(wholeNumber(1, Number.MAX_SAFE_INTEGER));
/** A part of a text as a filter. */
export const textFilter = () => optional(text(MAX_KEYWORD_CHARACTERS));

/**
 * The paging fields of every list, to be spread into its query schema. Pages count from 0, the newest come first unless another
 * order is asked for, and a page size above 1,000 counts as 1,000.
 */
export const pageQuery = <const Sort extends string>(sorts: readonly (Sort | 'CREATED_AT_DESC')[]) => ({
  page: said(
    optional(wholeNumber(0, MAX_PAGE)).transform((page) => page ?? 0),
    'Number of the page, from 0. A page beyond the end is empty.',
    '페이지 번호, 0부터 시작합니다. 마지막을 넘는 페이지는 비어 있습니다.',
    0,
  ),
  pageSize: said(
    optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)).transform((size) =>
      Math.min(size ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    ),
    'Entries of a page, 10 by default. More than 1,000 counts as 1,000.',
    '페이지당 항목 수, 기본값 10. 1,000을 초과하면 1,000으로 처리됩니다.',
    10,
  ),
  sortBy: said(
    optional(z.enum(sorts, `takes ${sorts.join(', ')}`)).transform(
      // Of an enum over a type parameter zod can not say what comes out.
      (sort) => (sort ?? 'CREATED_AT_DESC') as Sort | 'CREATED_AT_DESC',
    ),
    'Order; CREATED_AT_DESC by default.',
    '정렬 순서, 기본값 CREATED_AT_DESC.',
    'CREATED_AT_DESC',
  ),
});

import { z } from 'zod';

const sort = z.object({ empty: z.boolean(), sorted: z.boolean(), unsorted: z.boolean() });
const count = z.int().min(0);

/** One page as Spring Data writes it (api/flipflop-api.md section 1.2). Pages count from 0. */
export const pageOf = <S extends z.ZodType>(content: S) =>
  z.object({
    content: z.array(content),
    totalPages: count,
    totalElements: count,
    numberOfElements: count,
    number: count,
    size: count,
    first: z.boolean(),
    last: z.boolean(),
    empty: z.boolean(),
    pageable: z.object({
      offset: count,
      pageNumber: count,
      pageSize: count,
      paged: z.boolean(),
      unpaged: z.boolean(),
      sort,
    }),
    sort,
  });

/** One page as Spring Data writes it: FlipFlop's clients read all of it (api/flipflop-api.md section 1.2). Pages count from 0. */
export function serializePage<T>(
  content: T[],
  totalElements: number,
  page: { page: number; pageSize: number },
) {
  const totalPages = Math.ceil(totalElements / page.pageSize);
  const sort = () => ({ empty: false, sorted: true, unsorted: false });
  return {
    content,
    totalPages,
    totalElements,
    numberOfElements: content.length,
    number: page.page,
    size: page.pageSize,
    first: page.page === 0,
    last: page.page + 1 >= totalPages,
    empty: content.length === 0,
    pageable: {
      offset: page.page * page.pageSize,
      pageNumber: page.page,
      pageSize: page.pageSize,
      paged: true,
      unpaged: false,
      sort: sort(),
    },
    sort: sort(),
  };
}

/** Rows that one statement deletes: some 50 ms, far from the limit of a statement, whatever has piled up. */
export const PURGE_BATCH_ROWS = 5_000;

/** Has batches deleted until one is not full; answers how many rows went. */
export async function inBatches(deleteSome: (limit: number) => Promise<number>): Promise<number> {
  let deleted = 0;
  for (;;) {
    const some = await deleteSome(PURGE_BATCH_ROWS);
    deleted += some;
    if (some < PURGE_BATCH_ROWS) return deleted;
  }
}

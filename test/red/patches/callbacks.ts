import { fast } from '../row';

/** Callbacks: test/callbacks. */
export const CALLBACKS = fast([
  {
    suite: 'callbacks/delivery',
    test: 'are parked after five answers 404, which releases the next; resent, they arrive',
    file: 'src/domain/callbacks.ts',
    find: 'before.refusals + 1 >= MAX_REFUSALS',
    replace: 'before.refusals >= MAX_REFUSALS',
    why: 'a callback that is refused is tried once too often',
  },
]);

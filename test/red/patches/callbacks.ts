import { fast, type Row } from '../row';

const FAST = fast([
  {
    suite: 'callbacks/delivery',
    test: 'are parked after five answers 404, which releases the next; resent, they arrive',
    file: 'src/domain/callbacks.ts',
    find: 'before.refusals + 1 >= MAX_REFUSALS',
    replace: 'before.refusals >= MAX_REFUSALS',
    why: 'a callback that is refused is tried once too often',
  },
  {
    suite: 'callbacks/addresses',
    test: 'to a name that means loopback is refused',
    file: 'src/callbacks/post.ts',
    find: 'found.filter(({ address }) => policy.allows(address))',
    replace: 'found',
    why: 'a name may mean any address, as long as the URL does not show it',
  },
  {
    suite: 'api/callbacks',
    test: 'is for the app’s own callbacks',
    file: 'src/api/routes/callbacks.ts',
    find: '.where({ id, app_id: app.id })',
    replace: '.where({ id })',
    why: 'the ids of other apps are told apart from those that nobody has',
  },
]);

/** Callbacks: test/callbacks and test/api/callbacks. */
export const CALLBACKS: Row[] = [
  ...FAST,
  {
    suite: 'callbacks/survives',
    test: 'misses nothing',
    file: 'src/store/callback-deliveries.ts',
    find: ".orderBy('d.number')",
    replace: ".orderBy('d.number', 'desc')",
    why: 'the newest callback is sent first',
    dist: true,
  },
];

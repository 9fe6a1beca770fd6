import { fast, type Row } from '../row';

export const BENCH: Row[] = fast([
  {
    suite: 'bench/budget',
    test: 'nothing beside and nothing later',
    file: 'test/bench/budget/budget.ts',
    find: 'at >= askedAt && at <= answeredAt',
    replace: 'at >= askedAt',
    why: 'what came after the answer counts as its way',
  },
  {
    suite: 'bench/report',
    test: 'percentile',
    file: 'test/bench/report/percentile.ts',
    find: 'Math.ceil((percent / 100) * sorted.length)',
    replace: 'Math.floor((percent / 100) * sorted.length)',
    why: 'a percentile is one sample too low',
  },
]);

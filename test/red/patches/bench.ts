import { fast, type Row } from '../row';

export const BENCH: Row[] = fast([
  {
    suite: 'bench/budget',
    test: 'nothing beside and nothing later',
    file: 'test/bench/budget/budget.ts',
    find: 'a.at - b.at',
    replace: 'b.at - a.at',
    why: 'the way of a command is told backwards',
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

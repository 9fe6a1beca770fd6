import { pieces } from './budget/budget';
import { UpdatePath } from './budget/milestones';
import { budgetRows } from './report/lines';

/** Where a command's time went, read from histories: that the pieces are in order, complete, and only what the answer waited for. */

const time = (ms: number) => ({ seconds: 0, nanos: ms * 1e6 });
const task = (id: number, scheduled: number, started: number, completed: number) => [
  { eventId: id, eventTime: time(scheduled) },
  { eventId: id + 1, eventTime: time(started) },
  {
    eventId: id + 2,
    eventTime: time(completed),
    workflowTaskCompletedEventAttributes: { scheduledEventId: id, startedEventId: id + 1 },
  },
];
const activity = (id: number, name: string, [scheduled, started, completed]: [number, number, number]) => [
  {
    eventId: id,
    eventTime: time(scheduled),
    activityTaskScheduledEventAttributes: { activityType: { name } },
  },
  { eventId: id + 1, eventTime: time(started) },
  {
    eventId: id + 2,
    eventTime: time(completed),
    activityTaskCompletedEventAttributes: { scheduledEventId: id, startedEventId: id + 1 },
  },
];

/** A command that writes its record; beside it something else ends, with a task of its own. */
const HISTORY = {
  events: [
    ...task(1, 2, 3, 5),
    {
      eventId: 4,
      eventTime: time(5),
      workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input: { name: 'claim' } } },
    },
    ...activity(5, 'recordTransition', [5, 6, 14]),
    ...activity(8, 'packageStream', [1, 1, 14]),
    ...task(11, 14, 16, 19),
    {
      eventId: 14,
      eventTime: time(19),
      workflowExecutionUpdateCompletedEventAttributes: { acceptedEventId: 4 },
    },
    ...task(15, 30, 31, 32),
  ],
} as unknown as Parameters<typeof UpdatePath.of>[1];

test('the way of a command is its tasks and what it waited for, nothing beside and nothing later', () => {
  const way = pieces(0, UpdatePath.of('key', HISTORY, 'claim'), 20);
  expect(way).toEqual([
    { name: 'key: task 1 asked for', ms: 2 },
    { name: 'key: task 1 waits for the worker', ms: 1 },
    { name: 'key: task 1 runs', ms: 2 },
    { name: 'key: recordTransition waits for a slot', ms: 1 },
    { name: 'key: row and event written', ms: 8 },
    { name: 'key: task 2 asked for', ms: 0 },
    { name: 'key: task 2 waits for the worker', ms: 2 },
    { name: 'key: task 2 runs', ms: 3 },
    { name: 'the answer reaches the caller', ms: 1 },
  ]);
});

test('an Update that never came has no way', () => {
  expect(UpdatePath.of('key', HISTORY, 'publish')).toEqual([]);
});

test('the pieces of several runs are told by their medians, and the whole by its own', () => {
  const run = (first: number, second: number) => [
    { name: 'a', ms: first },
    { name: 'b', ms: second },
  ];
  expect(budgetRows('goLive', [run(1, 30), run(20, 10), run(3, 20)])).toEqual([
    ['goLive: a', '3.0 ms', '3'],
    ['goLive: b', '20 ms', '3'],
    ['goLive, together', '30 ms', '3'],
  ]);
});

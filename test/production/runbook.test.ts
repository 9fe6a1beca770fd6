import { ERRORS } from '../../src/domain/errors';
import { SESSION_END_REASONS } from '../../src/domain/session-end-reason';
import {
  mediaLeaseQueue,
  TASK_QUEUE_ARCHIVE,
  TASK_QUEUE_ARCHIVE_FAST,
  TASK_QUEUE_ASK,
  TASK_QUEUE_MAIN,
} from '../../src/domain/ids';
import { OUTPUT_MODES } from '../../src/domain/output-mode';
import { SETTINGS } from '../../src/settings';
import { KEYWORD_SEARCH_ATTRIBUTES } from '../../src/temporal/prepare-namespace';
import * as messages from '../../src/workflows/messages';
import { read } from './support/compose';

const runbook = read('docs', 'runbook.md');
const found = (pattern: RegExp) => [...new Set([...runbook.matchAll(pattern)].map(([, it]) => it ?? ''))];
/** The first cells of all table rows. */
const rows = found(/^\| (`[^|]+?) +\|/gm).flatMap((cell) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, it]) => it),
);

test('tells of every reason why a session ends', () => {
  expect(SESSION_END_REASONS.filter((reason) => !rows.includes(reason))).toEqual([]);
});

test('tells of every error', () => {
  expect(Object.keys(ERRORS).filter((code) => !runbook.includes(`\`${code}\``))).toEqual([]);
});

test('knows no code that there is not', () => {
  const codes = found(/`([A-Z]+(?:_[A-Z]+){1,})`/g);
  const known: string[] = [...Object.keys(ERRORS), ...Object.keys(SETTINGS), ...OUTPUT_MODES];
  expect(codes.filter((code) => !known.includes(code))).toEqual([]);
});

test('sends updates and queries that there are', () => {
  const defined = Object.values(messages).flatMap((it) =>
    it.type === 'update' || it.type === 'query' ? [it.name] : [],
  );
  const named = found(/--name (\w+)/g);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !defined.includes(name as never))).toEqual([]);
});

test('searches by attributes and queues that there are', () => {
  const attributes = found(/\b(\w+) (?:=|IN|<) (?:"|\()/g);
  const builtIn = ['ExecutionStatus', 'WorkflowType', 'StartTime'];
  const known: string[] = [...KEYWORD_SEARCH_ATTRIBUTES, ...builtIn];
  expect(attributes.filter((name) => !known.includes(name))).toEqual([]);
  const queues: string[] = [TASK_QUEUE_MAIN, TASK_QUEUE_ASK, TASK_QUEUE_ARCHIVE, TASK_QUEUE_ARCHIVE_FAST];
  const node = mediaLeaseQueue(SETTINGS.NODE_ID.standard ?? '');
  expect(found(/--task-queue\s+([\w-]+)/g).filter((name) => ![...queues, node].includes(name))).toEqual([]);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ERRORS } from '../../src/domain/errors';
import { SESSION_END_REASONS } from '../../src/domain/session-end-reason';
import {
  mediaLeaseQueue,
  TASK_QUEUE_ARCHIVE,
  TASK_QUEUE_ARCHIVE_FAST,
  TASK_QUEUE_ASK,
  TASK_QUEUE_MAIN,
} from '../../src/domain/ids';
import { APP_SETTINGS } from '../../src/operator/app-settings';
import { OPERATOR_COMMANDS } from '../../src/operator/commands';
import { OUTPUT_MODES } from '../../src/domain/output-mode';
import { SETTINGS } from '../../src/settings';
import { KEYWORD_SEARCH_ATTRIBUTES } from '../../src/temporal/prepare-namespace';
import * as messages from '../../src/workflows/messages';
import { startStack, type Stack } from '../support/stack';
import { read, REPOSITORY } from './support/compose';

/** The first suite of a run starts the servers. */
const STACK_TIMEOUT_MS = 60_000;

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

/** They name every error, whether anything answers it or not. */
const OF_THE_CATALOGUE = [join('domain', 'errors.ts'), join('domain', 'errors-ko.ts')];

test('tells which errors nothing answers, and explains no other of them', () => {
  const sources = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !OF_THE_CATALOGUE.includes(name))
    // What an operation's contract names is published, and not yet said by anything.
    .filter((name) => !name.startsWith(join('api', 'contract')))
    .map((name) => read('src', name))
    .join('\n');
  const unused = Object.keys(ERRORS).filter((code) => !new RegExp(`\\b${code}\\b`).test(sources));
  const [sentence = ''] = /^Named by the published API[^.]*\./m.exec(runbook) ?? [];
  const told = [...sentence.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code);
  expect(told.sort()).toEqual(unused.sort());
  const elsewhere = runbook.replace(sentence, '');
  expect(unused.filter((code) => elsewhere.includes(`\`${code}\``))).toEqual([]);
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

test('tells of every operator command, and of none that there is not', () => {
  const named = new Set(found(/(?:npm run -s app --|dist\/src\/bin\/app\.js) ([\w-]+)/g));
  expect([...named].sort()).toEqual(Object.keys(OPERATOR_COMMANDS).sort());
});

test('names settings of apps that there are', () => {
  const named = found(/ ([a-z]+(?:-[a-z]+)+)=/g);
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((name) => !(name in APP_SETTINGS))).toEqual([]);
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

describe('its SQL', () => {
  let stack: Stack;
  let client: Client;
  beforeAll(async () => {
    stack = await startStack();
    client = new Client({ connectionString: stack.databaseUrl });
    await client.connect();
    await client.query(
      `insert into apps (name, api_key, api_secret_hash, callback_url) values ('runbook', 'key', '\\x00', 'http://x')`,
    );
    await client.query(
      `insert into events (app_id, entity, entity_id, seq, run_id, transition_number, type, to_state, reason, at)
       values (1, 'streamKey', 3, 1, 'run', 1, 'unpublished', 'INACTIVE', 'stalled', now())`,
    );
  }, STACK_TIMEOUT_MS);
  afterAll(async () => {
    await client?.end();
    await stack?.stop();
  });

  const statements = [...runbook.matchAll(/^( *)```sql\n([^]*?)\n\1```$/gm)].map(([, , sql = '']) =>
    sql.trim(),
  );

  test('is five statements', () => expect(statements).toHaveLength(5));

  // The app with one event is in each of them.
  test.each(statements)('%s', async (sql) => {
    expect((await client.query(sql)).rowCount).toBe(1);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils';

export const HISTORIES = join(__dirname, '..', 'histories');

/** What came out of the real run that a history was recorded from. */
export interface ExpectedRun {
  workflowId: string;
  /** Of the run, as Temporal names it: RUNNING, COMPLETED, TERMINATED, CONTINUED_AS_NEW. */
  status: string;
  /** Each query's answer at the end of the run. */
  states: Record<string, unknown>;
  /** What it said of itself in the UI at last; not in what was recorded before there was anything to say. */
  details?: string;
}

export interface Expected {
  /** What happened, for people. */
  story: string;
  recordedWith: { sdk: string; server: string };
  /** Events of room and key in Postgres, in order: `LIVE, go_live`. */
  events: Record<'room' | 'key', string[]>;
  /** By the name of the run's file, without `.json`. */
  runs: Record<string, ExpectedRun>;
}

export const EXPECTED_FILE = 'expected.json';

export const scenarios = (): string[] => (existsSync(HISTORIES) ? readdirSync(HISTORIES).sort() : []);

const read = (scenario: string, file: string): unknown =>
  JSON.parse(readFileSync(join(HISTORIES, scenario, file), 'utf8'));

export const expectedOf = (scenario: string): Expected => read(scenario, EXPECTED_FILE) as Expected;

export const historyOf = (scenario: string, run: string): History =>
  historyFromJSON(read(scenario, `${run}.json`));

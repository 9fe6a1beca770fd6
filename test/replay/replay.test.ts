import { bundleWorkflowCode, Worker, type InjectedSinks, type WorkflowBundle } from '@temporalio/worker';
import { createLogger } from '../../src/logger';
import { installRuntime } from '../../src/temporal/runtime';
import { expectedOf, historyOf, scenarios } from './support/histories';
import { givenInHistory } from './support/given-in-history';
import type { Given, ReplaySinks } from './support/reporting';

/** What every recorded broadcast is made of; `npm run record-histories` makes them. */
const SCENARIOS = [
  'archive-retried',
  'callbacks-delivered',
  'callbacks-recovered',
  'continue-as-new',
  'drop-and-resume',
  'files-deleted',
  'forced-end-by-key',
  'forced-end-by-room',
  'normal',
  'normal-0.1',
  'outage',
  'post-processed',
  'post-refused',
  'post-retried',
  'rebirth-of-key',
  'rebirth-of-room',
  'takeover',
  'window-changed',
  'window-ran-out',
];

installRuntime(createLogger({ role: 'test', level: 'silent' }));
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

interface Outcome {
  error: Error | undefined;
  given: Given[];
  states: Record<string, unknown>;
  details: string;
}

/** Recorded histories against today's code: the same commands (Temporal compares them), the same contents, the same state. */
describe('recorded histories', () => {
  let workflowBundle: WorkflowBundle;

  beforeAll(async () => {
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      workflowInterceptorModules: [require.resolve('./support/reporting')],
      logger: quiet,
    });
  }, 60_000);

  const outcomes = new Map<string, Promise<Outcome>>();
  const outcomeOf = (scenario: string, run: string): Promise<Outcome> => {
    const name = `${scenario}/${run}`;
    const outcome = outcomes.get(name) ?? replay(scenario, run);
    outcomes.set(name, outcome);
    return outcome;
  };

  async function replay(scenario: string, run: string): Promise<Outcome> {
    const { workflowId } = expectedOf(scenario).runs[run]!;
    const outcome: Outcome = { error: undefined, given: [], states: {}, details: '' };
    const report = (_info: unknown, given: Given[], states: Record<string, unknown>, details: string) => {
      outcome.given.push(...given);
      Object.assign(outcome, { states, details });
    };
    const sinks: InjectedSinks<ReplaySinks> = { replay: { report: { fn: report, callDuringReplay: true } } };
    const histories = [{ workflowId, history: historyOf(scenario, run) }];
    for await (const { error } of Worker.runReplayHistories({ workflowBundle, sinks }, histories))
      outcome.error = error;
    return outcome;
  }

  it('there is one of each story', () => {
    expect(scenarios()).toEqual(expect.arrayContaining(SCENARIOS));
  });

  describe.each(scenarios())('%s', (scenario) => {
    const { runs, events } = expectedOf(scenario);

    it.each(Object.keys(runs))('%s comes to the same state', async (run) => {
      const { error, given, states, details } = await outcomeOf(scenario, run);
      expect(error).toBeUndefined();
      const recorded = givenInHistory(historyOf(scenario, run));
      // A run that was ended by hand may have had more to say. What today's code says besides is no difference.
      expect(given.slice(0, recorded.length)).toMatchObject(recorded);
      const expected = runs[run]!;
      expect(states).toMatchObject(expected.states);
      if (expected.details !== undefined) expect(details).toBe(expected.details);
      // Whatever it did before, it came to its end, and to nothing after it.
      if (expected.status === 'COMPLETED') expect(given.at(-1)).toMatchObject({ kind: 'result' });
    });

    it('writes the rows that were written', async () => {
      const written = { room: [] as string[], key: [] as string[] };
      for (const run of Object.keys(runs)) {
        for (const { name, content } of (await outcomeOf(scenario, run)).given) {
          if (name !== 'recordTransition') continue;
          const { entity, type, reason } = content[0] as Record<string, string>;
          written[entity === 'videoRoom' ? 'room' : 'key'].push(`${type}, ${reason}`);
        }
      }
      expect(written).toEqual(events);
    });
  });
});

import { chaos } from './chaos';
import { ALL_CELLS, planRounds, type Round } from './plan';

/** All of it: npm run chaos. */
const SEED = 4;
const ROUNDS: Round[] = [
  { index: 0, victim: 'media', moments: ['goLive', 'LIVE', 'drop', 'forceEnd'] },
  { index: 1, victim: 'temporal', moments: ['publishing', 'LIVE', 'ACTIVE_LIVE_PREP', 'endBroadcast'] },
  { index: 2, victim: 'worker', moments: ['SCHEDULED', 'ACTIVE_PREP', 'goLive', 'archiving'] },
];
/** It takes about 70 s on an idle machine of two cores. */
const DEADLINE_MS = 300_000;

test(
  'a dozen cells of the crash matrix hold',
  async () => {
    const said: string[] = [];
    const options = { cells: ALL_CELLS, runs: 0, seed: SEED, servers: 'dev' as const, rounds: ROUNDS };
    const { rounds, evidence } = await chaos({ ...options, say: (line) => said.push(line) });
    const failures = rounds
      .flatMap((round) => [round.failures, ...round.runs.map((run) => run.failures)])
      .flat();
    expect({ failures, evidence, said: failures.length > 0 ? said : [] }).toEqual({
      failures: [],
      evidence: null,
      said: [],
    });
    const runs = rounds.flatMap((round) => round.runs);
    expect(runs).toHaveLength(12);
    // States that are held are always hit; commands by chance.
    expect(runs.filter((run) => run.hit).length).toBeGreaterThanOrEqual(8);
  },
  DEADLINE_MS,
);

describe('the plan', () => {
  it('has every cell once a sweep, and repeats by its seed', () => {
    const rounds = planRounds({ cells: ALL_CELLS, runs: 2 * ALL_CELLS.length, seed: 9 });
    const counts = new Map<string, number>();
    for (const { victim, moments } of rounds)
      for (const moment of moments)
        counts.set(`${victim}:${moment}`, (counts.get(`${victim}:${moment}`) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(
      ALL_CELLS.map((cell) => `${cell.victim}:${cell.moment}`).sort(),
    );
    expect(new Set(counts.values())).toEqual(new Set([2]));
    expect(planRounds({ cells: ALL_CELLS, runs: 2 * ALL_CELLS.length, seed: 9 })).toEqual(rounds);
    expect(planRounds({ cells: ALL_CELLS, runs: 2 * ALL_CELLS.length, seed: 10 })).not.toEqual(rounds);
  });
});

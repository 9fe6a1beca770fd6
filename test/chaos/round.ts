import { Dice } from '../fuzz/dice';
import { wrong, type Failure } from './checks/failure';
import { checkLeftOvers } from './checks/left-overs';
import { checkAway, checkNothingActed } from './checks/outage';
import { isAway, type Round } from './plan';
import { Run, type RunResult } from './run';
import type { Stage } from './stage';
import { strike, type Outage } from './strike';

/** From the last preparation to the kill: longer than the longest lead of a moment. */
const COUNTDOWN_MS = 1_500;
/** The rows are read this long before the kill: as late as can be, and read by then. */
const LOOK_LEAD_MS = 60;

export interface RoundResult {
  round: Round;
  runs: RunResult[];
  /** From the kill until the victim did its work again. */
  awayMs: number | null;
  /** What is no single room's: left-overs, and what an away part's neighbours said. */
  failures: Failure[];
  seconds: number;
}

const at = (time: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));

async function kill(stage: Stage, round: Round, runs: Run[]): Promise<Outage> {
  await Promise.all(runs.map((run) => run.arm()));
  const killAt = Date.now() + COUNTDOWN_MS;
  for (const run of runs) run.begin(killAt);
  await at(killAt - LOOK_LEAD_MS);
  await Promise.all(runs.map((run) => run.look()));
  await at(killAt);
  return strike(stage, round.victim);
}

async function outageOf(
  stage: Stage,
  outage: Outage,
): Promise<{ awayMs: number | null; failures: Failure[] }> {
  const away = isAway(outage.victim) ? checkAway(stage, outage) : Promise.resolve([]);
  try {
    const backAt = await outage.back;
    return { awayMs: backAt - outage.killedAt, failures: await away };
  } catch (error) {
    return { awayMs: null, failures: [wrong((error as Error).message), ...(await away)] };
  }
}

/** One kill with the rooms that go through it, from their creation to what is left of them. */
export async function playRound(
  stage: Stage,
  round: Round,
  seed: number,
  onFailed: (run: Run, result: RunResult) => Promise<void>,
): Promise<RoundResult> {
  const startedAt = Date.now();
  const cells = round.moments.map((moment) => ({ victim: round.victim, moment }));
  const runs = await Promise.all(
    cells.map((cell, nth) => Run.schedule(stage, cell, new Dice(seed, 1_000 * (round.index + 1) + nth))),
  );
  const failures: Failure[] = [];
  let outage: Outage | null = null;
  let awayMs: number | null = null;
  try {
    await Promise.all(runs.map((run) => run.before()));
    outage = await kill(stage, round, runs);
    const struck = outage;
    const [seen] = await Promise.all([outageOf(stage, struck), ...runs.map((run) => run.goOn(struck))]);
    awayMs = seen.awayMs;
    failures.push(...seen.failures);
  } catch (error) {
    failures.push(wrong(`the kill could not be made: ${(error as Error).message}`));
  } finally {
    await Promise.all(runs.map((run) => run.show.stop()));
  }
  if (isAway(round.victim)) failures.push(...(await checkNothingActed(stage)));
  failures.push(...(await checkLeftOvers(stage)));
  const results = await Promise.all(runs.map((run) => run.result(outage)));
  for (const [nth, result] of results.entries())
    if (result.failures.length > 0) await onFailed(runs[nth]!, result);
  return { round, runs: results, awayMs, failures, seconds: (Date.now() - startedAt) / 1_000 };
}

import type { FailureKind } from './checks/failure';
import { isAway } from './plan';
import type { RoundResult } from './round';
import type { RunResult } from './run';

const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1_000).toFixed(1)} s`);

export function runLine(nth: number, run: RunResult): string {
  const { cell, hit, recoveryMs, missingMs, failures, mode, roomId } = run;
  const verdict =
    failures.length === 0
      ? 'ok'
      : failures.map(({ kind, what }) => `${kind.toUpperCase()}: ${what}`).join(' | ');
  const missing = missingMs === null ? '' : `, lacks ${seconds(missingMs)}`;
  return `${String(nth).padStart(4)} ${cell.victim} at ${cell.moment} (${mode}, room ${roomId}): ${hit ? 'hit' : 'missed'}, recovered in ${seconds(recoveryMs)}${missing}, ${verdict}`;
}

export function roundLine({ round, awayMs, failures, seconds: took }: RoundResult): string {
  const verdict = failures.map(({ what }) => ` | ${what}`).join('');
  return `     kill ${round.index + 1}: ${round.victim} was away for ${seconds(awayMs)}, the round took ${took.toFixed(0)} s${verdict}`;
}

export const heldUp = ({ runs, failures }: RoundResult): boolean =>
  failures.length === 0 && runs.every((run) => run.failures.length === 0);

export interface Totals {
  runs: number;
  hits: number;
  kills: number;
  slowestMs: number;
  /** With the victim away for a minute: the minute included. */
  slowestAwayMs: number;
  failed: Record<FailureKind, number>;
}

const slowest = (runs: readonly RunResult[]): number =>
  Math.max(0, ...runs.map(({ recoveryMs }) => recoveryMs ?? 0));

export function totalsOf(rounds: readonly RoundResult[]): Totals {
  const runs = rounds.flatMap((round) => round.runs);
  const failed: Totals['failed'] = { stuck: 0, lost: 0, doubled: 0, wrong: 0 };
  for (const run of runs) {
    for (const kind of new Set(run.failures.map((failure) => failure.kind))) failed[kind] += 1;
  }
  for (const { failures } of rounds) failed.wrong += failures.length;
  return {
    runs: runs.length,
    hits: runs.filter(({ hit }) => hit).length,
    kills: rounds.length,
    slowestMs: slowest(runs.filter(({ cell }) => !isAway(cell.victim))),
    slowestAwayMs: slowest(runs.filter(({ cell }) => isAway(cell.victim))),
    failed,
  };
}

export function lastLine(rounds: readonly RoundResult[], seed: number): string {
  const { runs, hits, kills, slowestMs, slowestAwayMs, failed } = totalsOf(rounds);
  const away = slowestAwayMs > 0 ? ` (${seconds(slowestAwayMs)} where a part was away for a minute)` : '';
  return (
    `chaos: ${runs} runs, ${failed.stuck} stuck, ${failed.lost} lost, ${failed.doubled} doubled, ${failed.wrong} wrong, ` +
    `${kills} kills, ${hits} hits, slowest recovery ${seconds(slowestMs)}${away}, seed ${seed}`
  );
}

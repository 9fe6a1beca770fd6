import { Evidence } from './evidence';
import { planRounds, type Cell, type Round } from './plan';
import { heldUp, roundLine, runLine } from './report';
import { playRound, type RoundResult } from './round';
import type { ServersKind } from './servers';
import { openStage } from './stage';

export interface ChaosOptions {
  cells: readonly Cell[];
  runs: number;
  seed: number;
  servers: ServersKind;
  /** Instead of what the seed would choose. */
  rounds?: Round[];
  say(line: string): void;
}

export interface ChaosResult {
  rounds: RoundResult[];
  held: boolean;
  /** Where the evidence of what failed lies; null where nothing did. */
  evidence: string | null;
}

/** Plays all rounds on one stage. A failure is told, and does not end the rest. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, say } = options;
  const planned = options.rounds ?? planRounds(options);
  const stage = await openStage(options.servers);
  const rounds: RoundResult[] = [];
  let evidence: Evidence | null = null;
  try {
    for (const round of planned) {
      const result = await playRound(stage, round, seed, async (run, facts) => {
        evidence ??= new Evidence(stage);
        await evidence.keepRoom(run.show, facts);
      });
      rounds.push(result);
      const before = rounds.slice(0, -1).reduce((sum, { runs }) => sum + runs.length, 0);
      result.runs.forEach((run, nth) => say(runLine(before + nth + 1, run)));
      say(roundLine(result));
      if (!heldUp(result)) {
        evidence ??= new Evidence(stage);
        evidence.keepLogs();
        say(`     evidence in ${evidence.folder}`);
      }
    }
  } finally {
    await stage.stop();
  }
  return { rounds, held: rounds.every(heldUp), evidence: (evidence as Evidence | null)?.folder ?? null };
}

import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { exists, MOMENTS, VICTIMS, type Cell } from './plan';
import { totalsOf } from './report';
import type { RoundResult } from './round';

const FILE = join(__dirname, '../../docs/crash-matrix.md');
const BYTES_PER_GB = 1024 ** 3;

function cellText(rounds: readonly RoundResult[], cell: Cell): string {
  if (!exists(cell)) return '–';
  const runs = rounds
    .flatMap((round) => round.runs)
    .filter((run) => run.cell.victim === cell.victim && run.cell.moment === cell.moment);
  if (runs.length === 0) return '';
  const failures = runs.filter((run) => run.failures.length > 0).length;
  const hits = runs.filter((run) => run.hit).length;
  const slowest = Math.max(...runs.map((run) => run.recoveryMs ?? 0)) / 1_000;
  return `${runs.length} / ${hits} / ${failures} / ${slowest.toFixed(1)} s`;
}

function table(rounds: readonly RoundResult[]): string {
  const head = `| moment | ${VICTIMS.join(' | ')} |`;
  const rule = `| --- |${' --- |'.repeat(VICTIMS.length)}`;
  const lines = MOMENTS.map((moment) => {
    const cells = VICTIMS.map((victim) => cellText(rounds, { victim, moment }));
    return `| ${moment} | ${cells.join(' | ')} |`;
  });
  return [head, rule, ...lines].join('\n');
}

/** Writes docs/crash-matrix.md. */
export async function writeTable(
  rounds: readonly RoundResult[],
  seed: number,
  tookMs: number,
  servers: string,
): Promise<void> {
  const { runs, kills, hits, slowestMs, slowestAwayMs, failed } = totalsOf(rounds);
  const memory = Math.round(totalmem() / BYTES_PER_GB);
  const text = `# The crash matrix

Made by \`npm run chaos -- --runs ${runs} --seed ${seed} --write\`; don't edit. ${runs} runs in ${Math.round(tookMs / 60_000)} minutes on
${availableParallelism()} cores with ${memory} GB, Temporal: ${servers}. Other work on the machine was not kept away.

A run is one room, from its creation to its last state, through one kill at one moment. One kill serves several rooms, each held at
its own moment: ${runs} rooms, ${kills} kills. **${failed.stuck} stuck, ${failed.lost} lost, ${failed.doubled} doubled, ${failed.wrong} otherwise wrong.** The slowest recovery took ${(slowestMs / 1_000).toFixed(1)} s, and ${(slowestAwayMs / 1_000).toFixed(1)} s where a part was away for 60 s.

Each cell: runs / hits / failures / slowest recovery. A *hit* is a kill that was seen to fall into the moment (${hits} of ${runs}): for
a command, while it was under way; for publishing, between the publish command on the wire and its answer; for a state, when the rows
showed it 60 ms before. A run that missed is checked like all others. *Recovery* is the time from the kill until the room was where it
would have been without it, the time of the encoder to come back (1 to 2.5 s) included; a victim that is *away* is started
again after 60 s, everything else at once by its supervisor. An empty cell was not run; "–": the packager's ffmpeg does not run then.

${table(rounds)}

What each run is checked for, and how, is in test/chaos/checks: room and key agree in their workflows and in Postgres; ARCHIVED (after a
forced end: ENDED, and the old key is refused) without a hand, though its backend repeats what was answered 503; exactly one video post, none after a forced end; the VOD playlist and
original.mp4 as long as what a real encoder sent while live, within 1 s where the media node died, else within one segment of 2 s
(counted from the first public segment, which has to begin within a segment of the go-live mark; what an encoder sent to a node
that was dead counts as sent to nobody); event numbers of room and key without gap or double; no drop where the media node lived; viewers' bytes went on; no ffmpeg, connection,
temporary file or waiting tell left. While Temporal or Postgres is away for a minute: reads, commands and publishing answer
as design says, and a command that was told no does not act later.

One cell again: \`npm run chaos -- --only media:goLive --runs 5\`. What fails leaves logs, histories and rows in a folder that the run names.
`;
  await writeFile(FILE, await format(text, { parser: 'markdown', printWidth: 110, proseWrap: 'preserve' }));
}

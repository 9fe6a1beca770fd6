import { parseArgs } from 'node:util';
import { chaos } from './chaos';
import { ALL_CELLS, MOMENTS, VICTIMS, type Cell } from './plan';
import { lastLine } from './report';
import type { ServersKind } from './servers';
import { writeTable } from './table';

/**
 * npm run chaos -- --runs N --seed S [--only victim[:moment]] [--temporal dev|cluster] [--write]: exit code 0 only if all held. The last line sums up.
 */

const MAX_SEED = 0xffffffff;
const MAX_RUNS = 100_000;

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > max) throw new Error(`--${name} takes a whole number`);
  return value;
}

function chosen(only: string | undefined): readonly Cell[] {
  if (only === undefined) return ALL_CELLS;
  const cells = only.split(',').flatMap((one) => {
    const [victim, moment] = one.split(':');
    return ALL_CELLS.filter((cell) => cell.victim === victim && (!moment || cell.moment === moment));
  });
  if (cells.length > 0) return cells;
  throw new Error(`--only takes victim:moment; victims ${VICTIMS.join(', ')}; moments ${MOMENTS.join(', ')}`);
}

/** Stopped by hand: what was started ends with the process that holds it, the encoders with their connections. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % MAX_SEED) },
      only: { type: 'string' },
      temporal: { type: 'string', default: 'dev' },
      write: { type: 'boolean', default: false },
    },
  });
  const cells = chosen(values.only);
  const seed = wholeNumber('seed', values.seed, MAX_SEED);
  const runs = wholeNumber('runs', values.runs ?? String(cells.length), MAX_RUNS);
  const say = (line: string) => console.log(line);
  const startedAt = Date.now();
  const result = await chaos({ cells, runs, seed, servers: values.temporal as ServersKind, say });
  if (values.write) await writeTable(result.rounds, seed, Date.now() - startedAt, values.temporal);
  if (result.evidence) say(`evidence: ${result.evidence}`);
  say(lastLine(result.rounds, seed));
  process.exitCode = result.held ? 0 : 1;
}

void main();

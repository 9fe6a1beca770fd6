import { parseArgs } from 'node:util';
import { runTool, UsageError } from '../support/run-tool';
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

function wholeNumber(name: string, text: string, [min, max]: [number, number]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number, ${min} to ${max}`);
}

function serversOf(kind: string): ServersKind {
  if (kind === 'dev' || kind === 'cluster') return kind;
  throw new UsageError('--temporal takes dev or cluster');
}

function chosen(only: string | undefined): readonly Cell[] {
  if (only === undefined) return ALL_CELLS;
  return only.split(',').flatMap((one) => {
    const [victim, moment] = one.split(':');
    const cells = ALL_CELLS.filter((cell) => cell.victim === victim && (!moment || cell.moment === moment));
    if (cells.length > 0) return cells;
    const known = `victims ${VICTIMS.join(', ')}; moments ${MOMENTS.join(', ')}`;
    throw new UsageError(`--only takes victim[:moment], not ${one}; ${known}`);
  });
}

/** Stopped by hand: what was started ends with the process that holds it, the encoders with their connections. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

interface Options {
  cells: readonly Cell[];
  seed: number;
  runs: number;
  servers: ServersKind;
  write: boolean;
}

function readOptions(): Options {
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
  return {
    cells,
    seed: wholeNumber('seed', values.seed, [0, MAX_SEED]),
    runs: wholeNumber('runs', values.runs ?? String(cells.length), [1, MAX_RUNS]),
    servers: serversOf(values.temporal),
    write: values.write,
  };
}

async function run({ write, ...options }: Options): Promise<void> {
  const say = (line: string) => console.log(line);
  const startedAt = Date.now();
  const result = await chaos({ ...options, say });
  if (write) await writeTable(result.rounds, options.seed, Date.now() - startedAt, options.servers);
  if (result.evidence) say(`evidence: ${result.evidence}`);
  say(lastLine(result.rounds, options.seed));
  process.exitCode = result.held ? 0 : 1;
}

void runTool(() => run(readOptions()));

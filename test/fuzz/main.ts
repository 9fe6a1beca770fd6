import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, reportFinding } from './fuzz';

/**
 * npm run fuzz -- --count N --seed S [--from I] [--seconds T]: exit code 0 only if nothing was found. The last line sums up.
 */

const DEFAULT_COUNT = 100_000;
const MAX_SEED = 0xffffffff;
/** Kept where git does not look; what is fixed moves to test/fixtures/findings. */
const FINDINGS = join(__dirname, '../../data/fuzz-findings');

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > max) throw new Error(`--${name} takes a whole number`);
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: String(DEFAULT_COUNT) },
      seed: { type: 'string', default: String(Date.now() % MAX_SEED) },
      from: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '86400' },
    },
  });
  const seed = wholeNumber('seed', values.seed, MAX_SEED);
  const options = {
    seed,
    count: wholeNumber('count', values.count, 1e9),
    from: wholeNumber('from', values.from, 1e9),
    maxMs: wholeNumber('seconds', values.seconds, 1e6) * 1_000,
  };
  let nth = 0;
  const { conversations, counts, findings } = await fuzz(options, (finding) =>
    reportFinding(finding, seed, FINDINGS, (nth += 1)),
  );
  console.log(
    Object.entries(counts)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
  );
  console.log(`fuzz: ${conversations} conversations, ${findings.length} findings, seed ${seed}`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

void main();

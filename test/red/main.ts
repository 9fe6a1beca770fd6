import { parseArgs } from 'node:util';
import { runTool, UsageError } from '../support/run-tool';
import { Copy } from './copy';
import { runProgram, runSuites, type Verdict } from './jest-run';
import { ROWS } from './patches';
import { plan } from './plan';
import type { Row } from './row';

/**
 * npm run test:red -- [--fast] [--suite PART] [--verify-green]: one small bug a suite, in a copy of the tree, must turn that
 * suite red. `--verify-green` first runs the same tests without it. The last line sums up; exit code 0 only if all are red.
 */

/** Of one jest process. A suite that a bug makes wait has limits of its own; this one is for what hangs beyond them. */
const JEST_TIMEOUT_MS = 600_000;
const BUILD_TIMEOUT_MS = 180_000;
/** Copies that are worked on beside each other: a suite waits about as long as it computes, and CI has two cores. */
const LANES = 2;

interface Options {
  fast: boolean;
  suite: string;
  verifyGreen: boolean;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      fast: { type: 'boolean', default: false },
      suite: { type: 'string', default: '' },
      'verify-green': { type: 'boolean', default: false },
    },
  });
  return { fast: values.fast, suite: values.suite, verifyGreen: values['verify-green'] };
}

async function build(copy: Copy): Promise<void> {
  const { code, said } = await runProgram(copy.dir, ['scripts/build.mjs'], BUILD_TIMEOUT_MS);
  if (code !== 0) throw new Error(`the copy can not be built (${code ?? 'late'}): ${said}`);
}

async function runGroup(copy: Copy, rows: Row[], patched: boolean): Promise<Map<Row, Verdict>> {
  try {
    if (patched) for (const row of rows) copy.apply(row);
    if (rows.some(({ dist }) => dist)) await build(copy);
    return await runSuites(copy.dir, rows, JEST_TIMEOUT_MS);
  } catch (error) {
    const detail = (error as Error).message;
    return new Map(rows.map((row) => [row, { what: 'unclear', detail }]));
  } finally {
    copy.restore();
  }
}

function show(row: Row, verdict: Verdict, wanted: Verdict['what'], seconds: string): boolean {
  const isRight = verdict.what === wanted;
  console.log(
    `${isRight ? 'ok ' : 'NOT'} ${verdict.what.padEnd(7)} ${row.suite.padEnd(34)} ${seconds} ${row.why}`,
  );
  if (!isRight) console.log(`    ${row.file}: ${verdict.detail}`);
  return isRight;
}

/** Said only where it is not: the table is about what turns red. */
const isGreen = (row: Row, verdict: Verdict): boolean =>
  verdict.what === 'green' || show(row, verdict, 'green', '');

/** How many rows of the group turned their suite red. */
async function runInCopy(copy: Copy, group: Row[], verifyGreen: boolean): Promise<number> {
  const from = performance.now();
  const bad = new Set<Row>();
  if (verifyGreen) {
    for (const [row, verdict] of await runGroup(copy, group, false)) {
      if (!isGreen(row, verdict)) bad.add(row);
    }
  }
  const verdicts = await runGroup(copy, group, true);
  const seconds = `${((performance.now() - from) / 1_000).toFixed(1)} s/${group.length}`.padStart(10);
  let red = 0;
  for (const [row, verdict] of verdicts) if (show(row, verdict, 'red', seconds) && !bad.has(row)) red += 1;
  return red;
}

async function main(): Promise<void> {
  const { fast, suite, verifyGreen } = options();
  const rows = ROWS.filter((row) => (!fast || row.fast) && row.suite.includes(suite));
  if (rows.length === 0)
    throw new UsageError(`--suite: no suite${fast ? ', that is fast,' : ''} has "${suite}" in its name`);
  const beganAt = performance.now();
  const groups = plan(rows);
  let red = 0;
  await Promise.all(
    Array.from({ length: Math.min(LANES, groups.length) }, async () => {
      const copy = new Copy();
      process.once('exit', () => copy.remove());
      for (let group = groups.shift(); group; group = groups.shift()) {
        const turned = await runInCopy(copy, group, verifyGreen);
        red += turned;
      }
    }),
  );
  const took = ((performance.now() - beganAt) / 1_000).toFixed(0);
  console.log(`in ${took} s${fast ? ', the fast suites' : ''}`);
  console.log(`test:red: ${red} suites red of ${rows.length}`);
  process.exitCode = red === rows.length && red > 0 ? 0 : 1;
}

void runTool(main);

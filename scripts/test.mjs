// npm test: whatever the suites need from a bare clone, then jest. The last line is "N passed, N failed".
// Suites that mostly wait, and measure nothing, run beside each other first; those that need the machine run one by one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT, say } from './bootstrap/say.mjs';

const BESIDE_EACH_OTHER =
  '/test/(access|api|archive|bench|callbacks|chaos|crash|model|platform|production|red|replay|store|storage|unit|workflow)/' +
  '|/test/e2e/(?!modes|show|viewers)';
/** One more than CI has cores: a suite waits about as long as it computes. */
const WORKERS = 3;

/**
 * So many suites may be run a second time, alone: three suites on two cores can starve a test of the seconds that it gives its
 * real servers. More than that is no accident.
 */
const MOST_RUN_AGAIN = 2;

/** What jest runs: all in two rounds, or what its arguments name, at once. */
const rounds = (asked) =>
  asked.length > 0
    ? [asked]
    : [
        [`--maxWorkers=${WORKERS}`, '--testPathPatterns', BESIDE_EACH_OTHER],
        ['--testPathIgnorePatterns', BESIDE_EACH_OTHER],
      ];

/** By suite: what it counts, and whether it is green. A suite that could not even be loaded has no tests of its own to count. */
function suitesOf(file) {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return testResults.map(({ name, status, assertionResults }) => {
    const count = (wanted) => assertionResults.filter((one) => one.status === wanted).length;
    const green = status === 'passed';
    return [
      relative(ROOT, name),
      { green, passed: count('passed'), failed: green ? 0 : Math.max(1, count('failed')) },
    ];
  });
}

/** Runs jest and keeps what each suite came to. Jest ends badly for more than its suites: an unfit argument, a failed teardown. */
async function runJest(args, file, suites) {
  const code = await handOver(join(ROOT, 'node_modules/jest/bin/jest.js'), [
    '--json',
    `--outputFile=${file}`,
    ...args,
  ]);
  const ran = suitesOf(file);
  for (const [name, suite] of ran) suites.set(name, suite);
  return code !== 0 && ran.every(([, suite]) => suite.green) ? code : 0;
}

const redOf = (suites) => [...suites].filter(([, { green }]) => !green).map(([name]) => name);

/** See docs/adr/0016: once, alone, and named at the end. */
async function runAgain(file, suites) {
  const red = redOf(suites);
  if (red.length === 0 || red.length > MOST_RUN_AGAIN) return 0;
  say(`Once more, alone: ${red.join(', ')}`);
  const code = await runJest(['--runTestsByPath', ...red], file, suites);
  const still = redOf(suites);
  for (const name of red) if (!still.includes(name)) say(`FLAKY ${name}: red in the whole run, green alone.`);
  return code;
}

await runMain(async () => {
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-jest-'));
  const result = join(folder, 'result.json');
  const asked = process.argv.slice(2);
  const suites = new Map();
  try {
    const codes = [];
    for (const args of rounds(asked)) codes.push(await runJest(args, result, suites));
    if (asked.length === 0) codes.push(await runAgain(result, suites));
    process.exitCode = redOf(suites).length > 0 ? 1 : Math.max(...codes);
    const sum = (of) => [...suites.values()].reduce((all, suite) => all + suite[of], 0);
    say(`${sum('passed')} passed, ${sum('failed')} failed`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

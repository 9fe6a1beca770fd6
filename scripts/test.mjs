// npm test: whatever the suites need from a bare clone, then jest. The last line is "N passed, N failed".
// Suites that mostly wait, and measure nothing, run beside each other first; those that need the machine run one by one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT, say } from './bootstrap/say.mjs';

const BESIDE_EACH_OTHER =
  '/test/(access|api|archive|bench|callbacks|chaos|crash|model|platform|production|red|replay|store|storage|unit|workflow)/' +
  '|/test/e2e/(?!modes|show|viewers)';
/** One more than CI has cores: a suite waits about as long as it computes. */
const WORKERS = 3;

/** What jest runs: all in two rounds, or what its arguments name, at once. */
const rounds = (asked) =>
  asked.length > 0
    ? [asked]
    : [
        [`--maxWorkers=${WORKERS}`, '--testPathPatterns', BESIDE_EACH_OTHER],
        ['--testPathIgnorePatterns', BESIDE_EACH_OTHER],
      ];

function countOf(file) {
  const result = JSON.parse(readFileSync(file, 'utf8'));
  // A suite that could not even be loaded has no tests of its own to count.
  return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites };
}

await runMain(async () => {
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-jest-'));
  const result = join(folder, 'result.json');
  const sum = { passed: 0, failed: 0 };
  try {
    for (const args of rounds(process.argv.slice(2))) {
      const code = await handOver(join(ROOT, 'node_modules/jest/bin/jest.js'), [
        '--json',
        `--outputFile=${result}`,
        ...args,
      ]);
      const { passed, failed } = countOf(result);
      sum.passed += passed;
      sum.failed += failed;
      if (code !== 0) process.exitCode = code;
    }
    say(`${sum.passed} passed, ${sum.failed} failed`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

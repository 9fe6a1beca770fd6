// npm test: whatever the suites need from a bare clone, then jest. The last line is "N passed, N failed".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT, say } from './bootstrap/say.mjs';

function summary(file) {
  const result = JSON.parse(readFileSync(file, 'utf8'));
  // A suite that could not even be loaded has no tests of its own to count.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return `${result.numPassedTests} passed, ${failed} failed`;
}

await runMain(async () => {
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'showrunner-jest-'));
  const result = join(folder, 'result.json');
  try {
    const args = ['--json', `--outputFile=${result}`, ...process.argv.slice(2)];
    process.exitCode = await handOver(join(ROOT, 'node_modules/jest/bin/jest.js'), args);
    say(summary(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

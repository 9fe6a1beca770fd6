// npm run bench: what a broadcast waits for, measured on the real processes. docs/bench.md says how to read it.
import { join } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT } from './bootstrap/say.mjs';

await runMain(async () => {
  await prepare();
  const execArgv = ['-r', join(ROOT, 'scripts/support/ts-register.cjs')];
  process.exitCode = await handOver(join(ROOT, 'test/bench/main.ts'), process.argv.slice(2), { execArgv });
});

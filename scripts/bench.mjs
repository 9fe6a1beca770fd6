// npm run bench: what a broadcast waits for, measured on the real processes. docs/bench.md says how to read it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT, Stop } from './bootstrap/say.mjs';

const TEMPORAL_SERVERS = ['dev', 'cluster'];

await runMain(async () => {
  // Known before the start: a cluster's binaries are made where they are missing.
  const { values } = parseArgs({ options: { temporal: { type: 'string' } }, strict: false });
  if (values.temporal !== undefined) {
    if (!TEMPORAL_SERVERS.includes(values.temporal)) throw new Stop('--temporal takes dev or cluster');
    process.env.TEMPORAL_SERVER = values.temporal;
  }
  await prepare();
  const execArgv = ['-r', join(ROOT, 'scripts/support/ts-register.cjs')];
  process.exitCode = await handOver(join(ROOT, 'test/bench/main.ts'), process.argv.slice(2), { execArgv });
});

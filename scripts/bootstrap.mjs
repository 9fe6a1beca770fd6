// npm start: from a bare clone to a running Showrunner, on Node's built-ins alone.
import { join } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT } from './bootstrap/say.mjs';

await runMain(async () => {
  await prepare();
  if (process.argv.includes('--only-prepare')) return;
  process.exitCode = await handOver(join(ROOT, 'dist/src/bin/all-in-one.js'));
});

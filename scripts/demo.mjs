// npm run demo: a whole broadcast, told step by step.
import { join } from 'node:path';
import { handOver } from './bootstrap/hand-over.mjs';
import { prepare, runMain } from './bootstrap/prepare.mjs';
import { ROOT } from './bootstrap/say.mjs';

await runMain(async () => {
  await prepare();
  process.exitCode = await handOver(join(ROOT, 'dist/src/demo/main.js'), process.argv.slice(2));
});

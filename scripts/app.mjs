// npm run app: apps and their settings, for operators. Runs what the running start was built as.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild } from './bootstrap/build.mjs';
import { handOver } from './bootstrap/hand-over.mjs';
import { runMain } from './bootstrap/prepare.mjs';
import { ROOT } from './bootstrap/say.mjs';

const PROGRAM = join(ROOT, 'dist/src/bin/app.js');

await runMain(async () => {
  if (!existsSync(PROGRAM)) await ensureBuild();
  process.exitCode = await handOver(PROGRAM, process.argv.slice(2));
});

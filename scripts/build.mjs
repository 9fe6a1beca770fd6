// npm run build
import { ensureBuild } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/prepare.mjs';

await runMain(ensureBuild);

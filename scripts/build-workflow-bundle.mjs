// Bundles the workflows once, at build time: a worker that does it at its start needs a second for it.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './bootstrap/say.mjs';

const require = createRequire(import.meta.url);
const { bundleWorkflowCode } = require('@temporalio/worker');

const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'src/workflows/index.ts') });
writeFileSync(join(ROOT, 'dist/workflow-bundle.js'), code);

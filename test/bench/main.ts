import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import globalSetup from '../support/global-setup';
import globalTeardown from '../support/global-teardown';
import { runTool } from '../support/run-tool';
import { writeSection } from './document';
import { measurementsOf, QUICK, WHOLE } from './plan';
import { timeLines } from './report/lines';
import { renderMarkdown, renderText, renderVerdict } from './report/render';
import { Results } from './results';
import { runBench } from './run';

/**
 * npm run bench -- [--quick] [--only row] [--json file] [--write label] [--temporal dev|cluster]. TEMPORAL_ADDRESS measures on that Temporal server.
 * Exit code 0 if it ran and no answer was wrong; a missed goal is told in the table. docs/bench.md says how to read it.
 */

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'string' },
      // Taken by scripts/bench.mjs, before anything is started.
      temporal: { type: 'string' },
    },
  });
  const startedAt = performance.now();
  const results = new Results();
  const place = await runBench(
    {
      temporalAddress: process.env.TEMPORAL_ADDRESS || null,
      counts: values.quick ? QUICK : WHOLE,
      measurements: measurementsOf(values.only ?? null),
      say: (text) => console.error(`· ${text}`),
    },
    results,
  );
  const verdict = renderVerdict(results, (performance.now() - startedAt) / 1_000);
  console.log(`${place}\n\n${renderText(results)}\n`);
  for (const wrong of results.wrong) console.log(`WRONG: ${wrong}`);
  if (values.json) {
    const { memory, events, wrong, checked } = results;
    const samples = Object.fromEntries(results.times);
    const budgets = Object.fromEntries(results.budgets);
    const content = { place, times: timeLines(results), memory, events, checked, wrong, samples, budgets };
    writeFileSync(values.json, `${JSON.stringify(content, null, 2)}\n`);
  }
  if (values.write) {
    const content = `${place}.\n\n${renderMarkdown(results)}\n\n${verdict}.`;
    console.log(`wrote ${await writeSection(values.write, content)}`);
  }
  console.log(verdict);
  process.exitCode = results.wrong.length === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The stack ends with this process (test/support/processes.ts), and the janitor removes its folder then.
  process.once(signal, () => process.exit(1));
}
globalSetup();
void runTool(main).finally(globalTeardown);

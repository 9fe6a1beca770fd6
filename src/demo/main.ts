import { loadConfig } from '../config';
import { canDrawText } from './encoder';
import { playForcedEnd } from './forced-end';
import { Interruption } from './interruption';
import { Report } from './report';
import { playShow } from './show';
import { ownStack, runningStack, type DemoStack } from './stack';
import { Stage } from './stage';

const USAGE = 'npm run demo -- [--keep] [--json]';

async function play(stage: Stage, keep: boolean, interruption: Interruption): Promise<void> {
  await playShow(stage, async () => {
    if (!keep) return 'go on';
    stage.report.step('Live. Look at it; Ctrl-C ends the show:');
    stage.report.showUrls();
    await stage.whileEncoding(interruption.asked());
    return 'end';
  });
  if (!keep) await playForcedEnd(stage);
}

async function main(): Promise<number> {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => !['--keep', '--json'].includes(option));
  if (unknown) {
    process.stderr.write(`${unknown} is not known. Usage: ${USAGE}\n`);
    return 1;
  }
  const write = (text: string) => void process.stdout.write(`${text}\n`);
  const interruption = new Interruption();
  const report = new Report(write);
  const config = loadConfig(process.env);
  let stack: DemoStack | null = null;
  let failure: string | null = null;
  try {
    stack = await runningStack(config);
    if (stack) report.step(`Using the Showrunner at ${stack.api}`);
    else report.step('No Showrunner runs here: starting one for the demo (about 10 s)');
    stack ??= await ownStack(config, process.env, interruption.signal);
    const stage = await Stage.open(stack, report, canDrawText(stack.ffmpegPath));
    try {
      await interruption.orEnd(play(stage, options.includes('--keep'), interruption));
    } finally {
      // What failed first is what to tell; this comes beside it.
      await stage
        .close()
        .catch((error: Error) => report.step(`Could not end what was live: ${error.message}`));
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    for (const line of stack?.complaints() ?? []) process.stderr.write(`${line}\n`);
  }
  await stack?.close();
  report.showTables();
  write(failure === null ? '\nAll held.' : `\nFailed: ${failure}`);
  if (options.includes('--json')) write(report.json(failure));
  return failure === null ? 0 : 1;
}

/** After an interruption or a failure something may still wait for what never comes: the end is told, not awaited. */
const exitWith = (code: number) => process.stdout.write('', () => process.exit(code));

main().then(exitWith, (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  exitWith(1);
});

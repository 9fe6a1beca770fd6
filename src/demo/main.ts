import { loadConfig } from '../config';
import { canDrawText } from './encoder';
import { playForcedEnd } from './forced-end';
import { Report } from './report';
import { playShow } from './show';
import { ownStack, runningStack, type DemoStack } from './stack';
import { Stage } from './stage';

const USAGE = 'npm run demo -- [--keep] [--json]';

/** Ctrl-C once: the show ends in order. It is told to whoever waits for it. */
class Interruption {
  private isAsked = false;
  private waiting: (() => void) | null = null;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // Nobody waits to be interrupted, or a second time: end at once. What we started ends with us.
        if (this.isAsked || !this.waiting) process.exit(1);
        this.isAsked = true;
        this.waiting();
      });
    }
  }

  asked(): Promise<void> {
    return new Promise((resolve) => (this.waiting = resolve));
  }
}

async function play(
  stack: DemoStack,
  report: Report,
  keep: boolean,
  interruption: Interruption,
): Promise<void> {
  const stage = await Stage.open(stack, report, canDrawText(stack.ffmpegPath));
  try {
    await playShow(stage, async () => {
      if (!keep) return 'go on';
      report.step('Live. Look at it; Ctrl-C ends the show:');
      report.showUrls();
      await stage.whileEncoding(interruption.asked());
      return 'end';
    });
    if (!keep) await playForcedEnd(stage);
  } finally {
    await stage.close();
  }
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
    stack ??= await ownStack(config, process.env);
    await play(stack, report, options.includes('--keep'), interruption);
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

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

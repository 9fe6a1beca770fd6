import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Times, Urls } from '../../../src/demo/report';
import type { Showrunner } from './showrunner';

const DEMO = join(resolve(__dirname, '../../..'), 'dist/src/demo/main.js');

export interface DemoResult {
  ok: boolean;
  room: { id: number; uuid: string; states: string[] };
  streamKey: { states: string[] };
  urls: Urls;
  ms: Times;
}

export interface DemoRun {
  pid: number;
  finished: Promise<{ code: number | null; output: string; result: DemoResult }>;
}

/** `npm run demo -- --json` against a running Showrunner. */
export function runDemo(showrunner: Showrunner): DemoRun {
  const child = spawn(process.execPath, [DEMO, '--json'], {
    env: showrunner.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const finished = new Promise<Awaited<DemoRun['finished']>>((resolveRun, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
      try {
        resolveRun({ code, output: output + errors, result: JSON.parse(lastLine) as DemoResult });
      } catch {
        reject(new Error(`the demo ended with ${code} and no JSON: ${output}\n${errors}`));
      }
    });
  });
  finished.catch(() => undefined);
  return { pid: child.pid!, finished };
}

import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Options, Progress } from './engine';

/** An input that takes longer than this takes for ever. */
const HANG_MS = 30_000;
const MOST_FINDINGS_PRINTED = 20;

export interface Summary {
  conversations: number;
  counts: Progress['counts'];
  findings: Finding[];
}

type Told = { finding?: Finding; progress?: Progress; over?: true };

/** Fuzzes in a process of its own, which a finding may hang or end. Never rejects for what it finds. */
export function fuzz(
  options: Options,
  onFinding: (finding: Finding) => void = () => undefined,
): Promise<Summary> {
  const summary: Summary = { conversations: 0, counts: {}, findings: [] };
  const found = (finding: Finding): void => {
    summary.findings.push(finding);
    onFinding(finding);
  };
  const lost = (what: string): void =>
    found({ kind: 'process', index: options.from + summary.conversations, what, input: [] });
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'child.js'), { execArgv: [] });
    let over = false;
    let watchdog = setTimeout(onHang, HANG_MS);
    function onHang(): void {
      over = true;
      lost(`no input was finished for ${HANG_MS} ms, at or soon after this one`);
      child.kill('SIGKILL');
    }
    child.on('message', ({ finding, progress, over: ended }: Told) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(onHang, HANG_MS);
      over ||= ended ?? false;
      if (finding) found(finding);
      if (progress) Object.assign(summary, { conversations: progress.done, counts: progress.counts });
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(watchdog);
      if (!over) lost(`the process ended: ${signal ?? code}`);
      resolve(summary);
    });
    child.send(options);
  });
}

/** Prints a finding and how to see it again, and keeps its input in `folder`. */
export function reportFinding(finding: Finding, seed: number, folder: string, nth: number): void {
  if (nth > MOST_FINDINGS_PRINTED) return;
  const { kind, index, what } = finding;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${kind}-${seed}-${index}.json`);
  writeFileSync(
    path,
    `${JSON.stringify({ kind, what: what.split('\n')[0], input: finding.input }, null, 2)}\n`,
  );
  console.error(
    `\n${kind}: ${what}\n  again: npm run fuzz -- --seed ${seed} --from ${index} --count 1\n  kept: ${path}`,
  );
}

import { format, resolveConfig } from 'prettier';
import { join } from 'node:path';
import type { HostileInput, Observed } from '../target';

export interface StockResult {
  input: HostileInput;
  outcome: Observed['connections'] | 'crashed';
  note: string;
}

const DOCUMENT = join(__dirname, '../../../../data/hostile-inputs.md');
const WORDS = { closed: 'closed', open: 'left open', answered: 'answered', crashed: '**crashed**' } as const;

/** data/hostile-inputs.md of these results. */
export async function render(version: string, results: StockResult[]): Promise<string> {
  const crashed = results.filter((one) => one.outcome === 'crashed').length;
  const misled = results.filter((one) => one.outcome !== 'crashed' && one.note !== '').length;
  const open = results.filter((one) => one.outcome === 'open').length;
  const rows = results.map(({ input, outcome, note }, i) =>
    [i + 1, input.theme, escaped(input.name), WORDS[input.ours], WORDS[outcome], escaped(note)].join(' | '),
  );
  const text = `# Hostile input

${results.length} inputs that break media servers, sent over real sockets to our front doors and to stock node-media-server ${version}, whose
chunk parser and handshake we use. Our column is held by \`test/contract/hostile-rtmp\` in \`npm test\`: after each input the
process lives, connections, sessions and viewers are back to what they were, memory is back within 12 MB, no unexpected
exception was logged, and a legitimate stream beside it lost no frame at its RTMP and HTTP-FLV viewers. Stock's column is
written by \`npm run hostile:stock\`, a fresh process for each input; run it when the pinned version changes.

Stock: ${crashed} of ${results.length} end the process, ${open} leave the attacker's connection open, and ${misled} do harm beyond that.
_Closed_: the server ends the attacker's connection. _Left open_: not within the 2 s that the run waits. _Answered_: the input
means nothing and the connection goes on, or it is refused with a status. How to send them is in the test's code; the package's
maintainer should hear of the crashes before anybody else does.

| # | theme | input | ours | stock ${version} | what stock did |
| --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
  return format(text, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT });
}

const escaped = (text: string): string => text.replace(/[|*_<>]/g, (mark) => `\\${mark}`);

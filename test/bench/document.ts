import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const DOCUMENT = join(__dirname, '../../docs/bench.md');

/** Replaces one section of docs/bench.md, between its two marks; a new label's section goes to the end. */
export async function writeSection(label: string, content: string): Promise<string> {
  const [begin, end] = [`<!-- begin ${label} -->`, `<!-- end ${label} -->`];
  const section = `${begin}\n\n${content}\n\n${end}`;
  const old = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '# Bench\n';
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  const text =
    from >= 0 && to > from
      ? old.slice(0, from) + section + old.slice(to + end.length)
      : `${old}\n${section}\n`;
  const options = await resolveConfig(DOCUMENT);
  writeFileSync(DOCUMENT, await format(text, { ...options, filepath: DOCUMENT }));
  return DOCUMENT;
}

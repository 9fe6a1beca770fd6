import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { read, REPOSITORY } from './support/compose';

const document = read('docs', 'edge-cases.md');
const rows = document
  .split('\n')
  .filter((line) => /^\| \d+ /.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const namedIn = (cell: string) => [...cell.matchAll(/`(test\/[^`]+)` “([^”]+)”/g)].map(([, ...it]) => it);
const isOpen = (cell: string) => cell.includes('**open**: ');

/** Whether a file has a test of this title, as the first argument of a call; the rows of `test.each` share one. */
const hasTest = (source: string, title: string) =>
  ["'", '"', '`'].some((quote) => {
    const [before = '', after] = source.split(quote + title + quote);
    return after !== undefined && /\b(test|it)\b/.test(before) && /\(\s*$/.test(before);
  });

test('there are thirty, each with a behaviour, and with a test or open', () => {
  expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  for (const [number, what, required, shownBy = ''] of rows) {
    expect([number, Boolean(what), Boolean(required)]).toEqual([number, true, true]);
    expect([number, namedIn(shownBy).length > 0 || isOpen(shownBy)]).toEqual([number, true]);
  }
});

test('each named test is there', () => {
  const missing = rows.flatMap(([number, , , shownBy = '']) =>
    namedIn(shownBy).flatMap(([file = '', title = '']) => {
      if (!existsSync(join(REPOSITORY, file))) return [`${number}: no file ${file}`];
      return hasTest(read(file), title) ? [] : [`${number}: no test "${title}" in ${file}`];
    }),
  );
  expect(missing).toEqual([]);
});

test('the count of open ones is true', () => {
  const cells = rows.map((row) => row[3] ?? '');
  const wholly = cells.filter((cell) => namedIn(cell).length === 0).length;
  const partly = cells.filter((cell) => namedIn(cell).length > 0 && isOpen(cell)).length;
  expect(document.replace(/\s+/g, ' ')).toContain(`${wholly} cases wholly, ${partly} in part.`);
});

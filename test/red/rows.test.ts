import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOfTree, misfit, ROOT } from './copy';
import { EXEMPT } from './exempt';
import { ROWS } from './patches';
import { plan } from './plan';
import { reachOf } from './reach';
import { suiteFile } from './row';

const SUITE = /^test\/(.+)\.test\.ts$/;
const suites = filesOfTree().flatMap((file) => SUITE.exec(file)?.[1] ?? []);
const textOf = (file: string) =>
  existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : null;

test('every suite has a patch that turns it red, or a reason why none can', () => {
  const known = [...ROWS.map(({ suite }) => suite), ...Object.keys(EXEMPT)].sort();
  expect(known).toEqual([...new Set(known)]);
  expect(known).toEqual([...suites].sort());
});

test.each(ROWS.map((row) => [row.suite, row] as const))('the patch for %s fits', (_suite, row) => {
  expect(misfit(row, textOf(row.file))).toBeNull();
  // A suite that would be red because its own text was changed proves nothing.
  expect(row.file).not.toBe(suiteFile(row));
  expect([row.why, row.test].map((text) => text.trim())).not.toContain('');
});

test('patches that share a copy are in no file that another suite of it reaches', () => {
  for (const group of plan(ROWS)) {
    for (const row of group) {
      const reach = reachOf(suiteFile(row));
      const others = group.filter((other) => other !== row).map(({ file }) => file);
      expect(others.filter((file) => reach.has(file))).toEqual([]);
    }
  }
});

test('what a suite reaches is seen through imports, packages of files, and programs that it starts', () => {
  expect(reachOf('test/ingest/session.test.ts')).toContain('src/ingest/session-watch.ts');
  expect(reachOf('test/store/tables.test.ts')).toContain('src/launch/postgres/cluster.ts');
  expect(reachOf('test/api/role.test.ts')).toContain('src/bin/api.ts');
  expect(reachOf('test/unit/domain/ids.test.ts')).not.toContain('src/config.ts');
});

test('a patch that does not fit any more says so', () => {
  const row = { suite: 'a/b', test: 'c', file: 'd.ts', find: 'x', replace: 'y', why: 'z' };
  expect(misfit(row, 'axb')).toBeNull();
  expect(misfit(row, 'ab')).toBe(
    'the patch for a/b does not fit any more: its text occurs 0 times in d.ts, not once',
  );
  expect(misfit(row, 'axbx')).toContain('occurs 2 times');
  expect(misfit(row, null)).toContain('there is no d.ts');
});

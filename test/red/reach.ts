import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './copy';

const IMPORT = /\b(?:import|export)\s+(type\s+)?[^'";]*?from\s+'(\.[^']+)'/g;
const REQUIRE = /\b(?:require|require\.resolve|import)\(\s*'(\.[^']+)'/g;
/** Programs that a suite starts are named by their path. */
const PROGRAM = /['"`]([\w./-]+\.(?:ts|cjs|mjs))['"`]/g;

const asFile = (path: string): string | null =>
  [path, `${path}.ts`, join(path, 'index.ts')].find((one) => {
    const full = join(ROOT, one);
    return existsSync(full) && statSync(full).isFile();
  }) ?? null;

function namedIn(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const beside = (path: string) => asFile(normalize(join(dirname(file), path)));
  return [
    // Types are gone before anything runs.
    ...[...text.matchAll(IMPORT)].filter(([, isType]) => !isType).map(([, , path]) => beside(path ?? '')),
    ...[...text.matchAll(REQUIRE)].map(([, path]) => beside(path ?? '')),
    ...[...text.matchAll(PROGRAM)].flatMap(([, path = '']) => [beside(path), asFile(normalize(path))]),
  ].filter((found): found is string => found !== null);
}

const direct = new Map<string, string[]>();

/** Every file of ours that a suite runs, as far as its text and that of what it imports tells. */
export function reachOf(suite: string): Set<string> {
  const seen = new Set<string>();
  const open = [suite];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!direct.has(file)) direct.set(file, namedIn(file));
    open.push(...(direct.get(file) ?? []));
  }
  return seen;
}

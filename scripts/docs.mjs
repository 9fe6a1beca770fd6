// npm run docs: writes the generated documents; with --check only compares them, exit code 1 if one is stale.
// Each script in scripts/docs exports render(): [{ path, content }] (or a promise of it), paths from the repository's root.
import { readFileSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const require = createRequire(import.meta.url);
require('./support/ts-register.cjs');
const prettier = require('prettier');

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

let stale = 0;
for (const name of readdirSync(join(root, 'scripts/docs')).sort()) {
  const script = join(root, 'scripts/docs', name);
  const { render } = name.endsWith('.ts') ? require(script) : await import(pathToFileURL(script).href);
  if (typeof render !== 'function') throw new Error(`scripts/docs/${name} exports no render()`);
  for (const { path, content } of await render()) {
    const target = join(root, path);
    const options = await prettier.resolveConfig(target);
    const wanted = await prettier.format(content, { ...options, filepath: target });
    if (read(target) === wanted) continue;
    if (check) {
      stale += 1;
      console.error(`${path} is not what scripts/docs/${name} makes of the code. Run: npm run docs`);
    } else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, wanted);
      console.log(`wrote ${path}`);
    }
  }
}
if (stale > 0) process.exit(1);

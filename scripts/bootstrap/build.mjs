import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, say, withProgress } from './say.mjs';

/** What the build is made of; its hash is the stamp that says that dist is up to date. */
const INPUTS = [
  'src',
  'migrations',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/build-workflow-bundle.mjs',
];
const STAMP = join(ROOT, 'dist/build-stamp');
/** Cleared before a build, so that a deleted source leaves nothing behind; what tsc noted about them goes too. */
const OF_THE_COMPILER = ['build-stamp', 'src', 'migrations', 'tsconfig.build.tsbuildinfo'];
const BUNDLE = join(ROOT, 'dist/workflow-bundle.js');

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

function stampOf() {
  const hash = createHash('sha256');
  for (const file of INPUTS.flatMap((input) => filesOf(join(ROOT, input)))) {
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

const isBuilt = (stamp) => existsSync(BUNDLE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp;

/** TypeScript to dist, then the workflow bundle, so that no worker has to make it at its start. */
export async function ensureBuild() {
  const stamp = stampOf();
  if (isBuilt(stamp)) return say('Build: up to date.');
  say('Build: TypeScript and the workflow bundle to dist (about 15 s).');
  for (const path of OF_THE_COMPILER) rmSync(join(ROOT, 'dist', path), { recursive: true, force: true });
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  await withProgress('tsc', (progress) =>
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { progress }),
  );
  await withProgress('workflow bundle', (progress) =>
    run(process.execPath, ['scripts/build-workflow-bundle.mjs'], { progress }),
  );
  writeFileSync(STAMP, stamp);
}

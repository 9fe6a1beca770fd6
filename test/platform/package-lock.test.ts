import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Entry {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(resolve(__dirname, '../..', name), 'utf8')) as T;
const { packages } = read<{ packages: Record<string, Entry> }>('package-lock.json');

// A registry that lacks a platform's package makes npm leave it out of the lock file, and npm ci refuses that file elsewhere.
it('package-lock.json names the optional packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

it('package-lock.json names no registry', () => {
  expect(Object.keys(packages).filter((path) => packages[path]?.resolved)).toEqual([]);
});

it('package.json decides for each package with an install script whether it may run', () => {
  const { allowScripts } = read<{ allowScripts: Record<string, boolean> }>('package.json');
  const withScripts = Object.entries(packages as Record<string, Entry & { hasInstallScript?: boolean }>)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(withScripts.filter((name) => !(name in allowScripts))).toEqual([]);
});

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadConfig } from '../../src/config';
import { FOLDER, interpolate, read, readEnvFile, variablesOf } from './support/compose';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'showrunner-up-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs up.sh in a folder of its own; in the place of Docker stands a program that writes its arguments down. */
function up(...args: string[]): string {
  cpSync(join(FOLDER, 'up.sh'), join(folder, 'up.sh'));
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho "docker $*"\n');
  chmodSync(join(folder, 'docker'), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  return execFileSync(join(folder, 'up.sh'), args, { env, encoding: 'utf8' });
}

test('the first start makes secrets that only their owner can read, and that our settings take', () => {
  expect(up()).toContain('docker compose up --detach --build --wait');
  const path = join(folder, '.env');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const env = readEnvFile(readFileSync(path, 'utf8'));
  const passwords = ['POSTGRES_PASSWORD', 'TEMPORAL_DB_PASSWORD', 'SHOWRUNNER_DB_PASSWORD'].map(
    (it) => env[it],
  );
  for (const password of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(new Set(passwords).size).toBe(3);
  expect(loadConfig({ MASTER_KEY: env.MASTER_KEY }).masterKey).toHaveLength(32);
});

test('what it makes is all that the compose file asks for', () => {
  up();
  const env = readEnvFile(readFileSync(join(folder, '.env'), 'utf8'));
  const compose = read('temporal-docker', 'compose.yaml');
  expect(() => interpolate(compose, env)).not.toThrow();
  expect(() => interpolate(compose, {})).toThrow('run up.sh');
  expect(Object.keys(env).filter((name) => !variablesOf(compose).includes(name))).toEqual([]);
});

test('a second start keeps them, and passes on what it is told', () => {
  up();
  const before = readFileSync(join(folder, '.env'), 'utf8');
  expect(up('--scale', 'worker=2')).toContain('--wait --scale worker=2');
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(before);
});

test('no secret can be committed or get into an image', () => {
  expect(read('temporal-docker', '.gitignore').split('\n')).toContain('.env');
  expect(read('.dockerignore')).not.toContain('.env');
});

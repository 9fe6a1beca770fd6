import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const REPOSITORY = resolve(__dirname, '../../..');
export const FOLDER = join(REPOSITORY, 'temporal-docker');
export const read = (...path: string[]): string => readFileSync(join(REPOSITORY, ...path), 'utf8');

export interface Service {
  image: string;
  build?: string;
  command?: string[];
  container_name?: string;
  restart?: string;
  read_only?: boolean;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

/** The compose file with its anchors and merges resolved, its `${...}` as written. */
export const compose = parse(read('temporal-docker', 'compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, object>;
};

export function serviceOf(name: string): Service {
  const service = compose.services[name];
  if (!service) throw new Error(`compose.yaml has no service ${name}`);
  return service;
}

/** `${NAME:-default}` and `${NAME:?why}` as Docker Compose fills them in. Throws for a required one that is missing. */
export function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    if (env[name]) return env[name];
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return kind === '-' ? rest : '';
  });
}

/** The names of all variables that the compose file takes from its .env. */
export const variablesOf = (text: string): string[] => [
  ...new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '')),
];

/** Lines of an .env file as Docker Compose reads them. */
export const readEnvFile = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

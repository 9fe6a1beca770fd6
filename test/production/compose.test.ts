import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig, requireRoleConfig } from '../../src/config';
import { ROLES } from '../../src/launch/role-program';
import { DYNAMIC_CONFIG } from '../../src/launch/temporal/dynamic-config';
import { SETTINGS } from '../../src/settings';
import { KEYWORD_SEARCH_ATTRIBUTES } from '../../src/temporal/prepare-namespace';
import { compose, FOLDER, interpolate, read, REPOSITORY, serviceOf, variablesOf } from './support/compose';

const ROLE_NAMES = ROLES.flat();
const OURS = [...ROLE_NAMES, 'migrate'];
const SECRETS = {
  POSTGRES_PASSWORD: 'a',
  TEMPORAL_DB_PASSWORD: 'b',
  SHOWRUNNER_DB_PASSWORD: 'c',
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
};

const environmentOf = (name: string, env: Record<string, string> = SECRETS) =>
  Object.fromEntries(
    Object.entries(serviceOf(name).environment ?? {}).map(([variable, value]) => [
      variable,
      interpolate(value, env),
    ]),
  );
const configOf = (name: string) => {
  const config = loadConfig(environmentOf(name));
  return requireRoleConfig(config, config.masterKey);
};
const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
  ports.map((port) => {
    const [address, host, container] = interpolate(port, {}).split(':');
    return { name, address, host: Number(host), container: Number(container), asWritten: port };
  }),
);

describe('our services', () => {
  test('are all roles and the migration', () => {
    const built = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
    expect(built.map(([name]) => name).sort()).toEqual([...OURS].sort());
  });

  test.each(OURS)('%s: every variable is a setting, and what they say is taken', (name) => {
    const known = Object.keys(SETTINGS);
    expect(Object.keys(serviceOf(name).environment ?? {}).filter((it) => !known.includes(it))).toEqual([]);
    expect(configOf(name)).toMatchObject({
      databaseUrl: 'postgres://showrunner:c@postgres:5432/showrunner',
      temporalAddress: 'temporal:7233',
      temporalNamespace: 'showrunner',
    });
  });

  test('what an installation sets in .env reaches the roles that use it', () => {
    const set = {
      TRUST_PROXY: '1',
      METRICS_TOKEN: 'a token for scrapers',
      RATE_LIMIT: 'off',
      CALLBACK_ALLOWED_NETWORKS: '10.1.0.0/16',
      CALLBACK_FIRST_RETRY_MS: '1000',
    };
    for (const name of ['api', 'worker'])
      expect(environmentOf(name, { ...SECRETS, ...set })).toMatchObject(set);
  });

  test.each(OURS)('%s runs what the build makes', (name) => {
    const [entry = ''] = serviceOf(name).command ?? [];
    expect(entry).toBe(`dist/src/bin/${name}.js`);
    expect(existsSync(join(REPOSITORY, entry.replace('dist/', '').replace(/\.js$/, '.ts')))).toBe(true);
  });

  test.each(OURS)('%s has no more rights than it needs', (name) => {
    expect(serviceOf(name)).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('those with a door are asked for /healthz at its port', () => {
    for (const [name, port] of [
      ['api', configOf('api').ports.api],
      ['media', configOf('media').ports.media],
    ] as const) {
      const test = serviceOf(name).healthcheck?.test ?? [];
      expect(test).toEqual(['CMD', 'node', '/app/healthcheck.mjs', `http://127.0.0.1:${port}/healthz`]);
    }
  });

  test('media and archiver share one storage, where both look for it', () => {
    const dataDir = /DATA_DIR=(\S+)/.exec(read('Dockerfile'))?.[1] ?? '';
    for (const name of ['media', 'archiver']) {
      const config = loadConfig({ ...environmentOf(name), DATA_DIR: dataDir });
      expect(serviceOf(name).volumes).toContain(`storage:${config.storageDir}`);
    }
    expect(Object.keys(compose.volumes).sort()).toEqual(['postgres', 'storage']);
  });

  test('there can be one media node only, as long as a boot salvages every session of the storage', () => {
    expect(serviceOf('media').container_name).toBeDefined();
    const source = read('src', 'media', 'session', 'salvage.ts') + read('src', 'media', 'plane.ts');
    expect(source).not.toContain('nodeId');
  });

  test('start once the migration is done', () => {
    for (const name of ROLE_NAMES)
      expect(serviceOf(name).depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
      });
  });
});

describe('doors', () => {
  test('are on this machine alone, but those of viewers and encoders where the operator says so', () => {
    const wider = published.filter(({ asWritten }) => !asWritten.startsWith('127.0.0.1:'));
    expect(wider.map(({ name, container, address }) => [name, container, address])).toEqual([
      ['media', 8081, '127.0.0.1'],
      ['media', 1935, '127.0.0.1'],
    ]);
    expect(wider.every(({ asWritten }) => asWritten.startsWith('${BIND_ADDRESS:-127.0.0.1}:'))).toBe(true);
  });

  test('Postgres has none', () => {
    expect(serviceOf('postgres').ports).toBeUndefined();
  });

  test('have the numbers of our settings', () => {
    const { ports } = loadConfig({});
    expect(published.map(({ name, host }) => [name, host])).toEqual([
      ['temporal', ports.temporal],
      ['temporal-ui', ports.temporalUi],
      ['api', ports.api],
      ['media', ports.media],
      ['media', ports.rtmp],
    ]);
    const { environment } = serviceOf('temporal-ui');
    for (const { name, container } of published.filter((it) => it.name === 'temporal-ui'))
      expect([name, container]).toEqual(['temporal-ui', Number(environment?.TEMPORAL_UI_PORT)]);
  });
});

describe('images', () => {
  test('of others are pinned to a release', () => {
    const others = Object.entries(compose.services).filter(([name]) => !OURS.includes(name as never));
    for (const [, { image }] of others) expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-bookworm)?$/);
  });

  test('of Temporal are of the server that the tests run on; its UI can send Updates', () => {
    const server = /go\.temporal\.io\/server v(\S+)/.exec(read('tools', 'temporal', 'go.mod'))?.[1];
    expect(serviceOf('temporal').image).toBe(`temporalio/server:${server}`);
    for (const job of ['temporal-schema', 'temporal-namespace'])
      expect(serviceOf(job).image).toBe(`temporalio/admin-tools:${server}`);
    const [major = 0, minor = 0] = (serviceOf('temporal-ui').image.split(':')[1] ?? '')
      .split('.')
      .map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(2042);
  });

  test('of ours has the Node that package.json asks for, runs as nobody in particular, and holds no secret', () => {
    const dockerfile = read('Dockerfile');
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual(['node:20.20.2-bookworm', 'node:20.20.2-bookworm', 'node:20.20.2-bookworm-slim']);
    expect(dockerfile).toMatch(/^USER showrunner$/m);
    expect(dockerfile).toMatch(/ ffmpeg /);
    const secret = Object.entries(SETTINGS).flatMap(([name, it]) => ('secret' in it ? [name] : []));
    for (const name of secret) expect(dockerfile).not.toContain(name);
    expect(dockerfile).not.toMatch(/^ARG/m);
  });

  test('of ours is made of nothing that is not named', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const [first, ...allowed] = rules;
    expect(first).toBe('*');
    expect(allowed.every((rule) => rule.startsWith('!'))).toBe(true);
    const names = allowed.map((rule) => rule.slice(1));
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, list = '']) =>
      list.split(' ').slice(0, -1),
    );
    expect([...new Set(copied)].sort()).toEqual([...names].sort());
    expect(names.filter((name) => !existsSync(join(REPOSITORY, name)))).toEqual([]);
  });
});

describe('Temporal', () => {
  const namespaceScript = read('temporal-docker', 'temporal', 'namespace.sh');

  test('has our namespace, everywhere by the same name', () => {
    const { standard } = SETTINGS.TEMPORAL_NAMESPACE;
    expect(serviceOf('temporal-namespace').environment?.TEMPORAL_NAMESPACE).toBe(standard);
    expect(serviceOf('temporal-ui').environment?.TEMPORAL_DEFAULT_NAMESPACE).toBe(standard);
    expect(configOf('worker').temporalNamespace).toBe(standard);
  });

  test('has the search attributes and the retention that our code wants', () => {
    const named = /^for name in (.*); do$/m.exec(namespaceScript)?.[1]?.split(' ') ?? [];
    expect([...named].sort()).toEqual([...KEYWORD_SEARCH_ATTRIBUTES].sort());
    expect(named).toHaveLength(6);
    const days = /RETENTION_DAYS = (\d+)/.exec(read('src', 'temporal', 'prepare-namespace.ts'))?.[1];
    expect(namespaceScript).toContain(`retention=${days}d`);
  });

  test('is tuned as the server that the figures were measured on', () => {
    expect(parse(read('temporal-docker', 'temporal', 'dynamicconfig.yaml'))).toEqual(
      Object.fromEntries(Object.entries(DYNAMIC_CONFIG).map(([name, value]) => [name, [{ value }]])),
    );
  });

  test('and we have databases and accounts that the services use', () => {
    const sql = read('temporal-docker', 'postgres', 'databases.sql');
    const databases = [...sql.matchAll(/^create database (\w+) owner (\w+);$/gm)].map(([, ...it]) => it);
    expect(databases).toEqual([
      ['temporal', 'temporal'],
      ['temporal_visibility', 'temporal'],
      ['showrunner', 'showrunner'],
    ]);
    for (const [database] of databases)
      expect(sql).toContain(`revoke connect on database ${database} from public;`);
    expect(serviceOf('temporal').environment?.POSTGRES_USER).toBe('temporal');
    expect(serviceOf('temporal-schema').environment?.SQL_USER).toBe('temporal');
  });
});

describe('files', () => {
  test('that services mount are there, and every script is mounted or told about', () => {
    const mounted = Object.values(compose.services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':')[0] ?? '');
    for (const path of mounted) expect(existsSync(join(FOLDER, path))).toBe(true);
    const there = ['postgres', 'temporal'].flatMap((folder) =>
      readdirSync(join(FOLDER, folder)).map((name) => `./${folder}/${name}`),
    );
    expect(there.sort()).toEqual([...mounted].sort());
  });

  test('README.md tells of every variable of .env', () => {
    const readme = read('temporal-docker', 'README.md');
    const untold = variablesOf(read('temporal-docker', 'compose.yaml')).filter((it) => !readme.includes(it));
    expect(untold).toEqual([]);
  });
});

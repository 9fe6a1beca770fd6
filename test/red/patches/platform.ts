import { fast, type Row } from '../row';

const CHEAP: Row[] = [
  {
    suite: 'platform/config',
    test: 'never echo a secret',
    file: 'src/config.ts',
    find: "got ${it.secret ? 'a value (not shown)' : echo(raw ?? '')}, takes",
    replace: "got ${echo(raw ?? '')}, takes",
    why: 'a bad master key is written into the log',
  },
  {
    suite: 'platform/download',
    test: 'refuses anything else',
    file: 'scripts/bootstrap/temporal.mjs',
    find: 'if (got !== sha256) throw',
    replace: 'if (got.length !== sha256.length) throw',
    why: 'any download is taken for the pinned one',
  },
  {
    suite: 'platform/lock',
    test: 'takes over a lock',
    file: 'src/launch/lock.ts',
    find: '      removeStale(path);\n',
    replace: '',
    why: 'after a killed start none succeeds',
  },
  {
    suite: 'platform/log-file',
    test: 'drops lines on a full disk, says so once, and goes on',
    file: 'src/launch/log-file.ts',
    find: '      this.complained = true;\n',
    replace: '',
    why: 'each lost line is complained about',
  },
  {
    suite: 'platform/package-lock',
    test: 'package.json decides for each package with an install script whether it may run',
    file: 'package.json',
    find: '    "@parcel/watcher": false,\n',
    replace: '',
    why: 'nobody has decided about an install script',
    alone: true,
  },
  {
    suite: 'platform/role',
    test: 'tells its parent when it is ready, and stops once on SIGTERM',
    file: 'src/bin/role.ts',
    find: '    if (stopping) return;\n    stopping = true;\n',
    replace: '    stopping = true;\n',
    why: 'a role is stopped once a signal',
  },
  {
    suite: 'platform/supervised',
    test: 'is started again when it dies, each time after a longer wait, and says so',
    file: 'src/launch/supervised.ts',
    find: 'Math.min(LONGEST_RESTART_DELAY_MS, delayMs * 2)',
    replace: 'Math.min(LONGEST_RESTART_DELAY_MS, delayMs)',
    why: 'a program that can not live is started without end',
  },
];

/** The supervisor and what it starts: test/platform. */
export const PLATFORM: Row[] = [
  ...fast(CHEAP),
  {
    suite: 'platform/stack',
    test: 'gives a namespace with seven days of retention and our search attributes',
    file: 'src/temporal/prepare-namespace.ts',
    find: 'const RETENTION_DAYS = 7;',
    replace: 'const RETENTION_DAYS = 1;',
    why: 'closed workflows vanish after a day',
  },
  {
    suite: 'platform/start',
    test: 'answers on the API with the credentials that it keeps, which only their owner can read',
    file: 'src/launch/secret-file.ts',
    find: 'const OWNER_ONLY = 0o600;',
    replace: 'const OWNER_ONLY = 0o644;',
    why: 'everybody may read the credentials',
    dist: true,
  },
  {
    suite: 'platform/unusable-settings',
    test: 'a database that nobody serves, without its password',
    file: 'src/launch/reach.ts',
    find: '  return `${host}${pathname}`;',
    replace: '  return host === pathname ? host : value;',
    why: 'the password of a database that is away is shown',
    dist: true,
  },
];

import { fast, type Row } from '../row';

const CHEAP: Row[] = [
  {
    suite: 'production/cluster',
    test: 'is refused on a Postgres of somebody else',
    file: 'src/config.ts',
    find: '  refuseClusterElsewhere(values);\n',
    replace: '',
    why: 'the cluster makes databases on a server of somebody else',
  },
  {
    suite: 'production/compose',
    test: 'of Temporal are of the server that the tests run on',
    file: 'temporal-docker/compose.yaml',
    find: 'image: temporalio/server:1.31.2',
    replace: 'image: temporalio/server:1.30.0',
    why: 'the containers run another Temporal than the tests',
    alone: true,
  },
  {
    suite: 'production/edge-cases',
    test: 'each named test is there',
    file: 'test/media/packager/cutter.test.ts',
    find: "'a segment is told only when every track has passed its end'",
    replace: "'a segment is told at last'",
    why: 'a test that a case names is gone',
    alone: true,
  },
  {
    suite: 'production/first-start',
    test: 'the first start makes secrets that only their owner can read',
    file: 'temporal-docker/up.sh',
    find: '  umask 077\n',
    replace: '  umask 022\n',
    why: 'everybody may read the secrets of the containers',
    alone: true,
  },
  {
    suite: 'production/jobs',
    test: 'needs a name',
    file: 'src/operator/commands.ts',
    find: 'name.length > MAX_NAME_CHARACTERS',
    replace: 'name.length > MAX_NAME_CHARACTERS + 1',
    why: 'a name is one character too long',
  },
  {
    suite: 'production/links',
    test: 'temporal-docker/README.md names only files that there are',
    file: 'temporal-docker/README.md',
    find: '(../docs/configuration.md)',
    replace: '(docs/configuration.md)',
    why: 'a link leads nowhere',
    alone: true,
  },
  {
    suite: 'production/runbook',
    test: 'tells of every reason why a session ends',
    file: 'src/domain/session-end-reason.ts',
    find: "  'stalled', //",
    replace: "  'frozen',\n  'stalled', //",
    why: 'a reason is nowhere explained',
    alone: true,
  },
];

/** Containers and documents: test/production. */
export const PRODUCTION: Row[] = fast(CHEAP);

import { fast } from '../row';

/** Postgres: test/store. */
export const STORE = fast([
  {
    suite: 'store/migrations',
    test: 'goes on after a start that was killed while it migrated',
    file: 'src/store/migrate.ts',
    find: '    await knex.migrate.forceFreeMigrationsLock(MIGRATION_CONFIG);\n',
    replace: '',
    why: "a killed start's lock is never freed",
  },
  {
    suite: 'store/record-transition',
    test: 'does not let a write that was overtaken move the row back',
    file: 'src/store/record-transition.ts',
    find: 'case when :transition_number > row.transition_number',
    replace: 'case when :transition_number <> row.transition_number',
    why: 'a late write moves the row back',
  },
  {
    suite: 'store/stream-key-secrets',
    test: 'rotates once for a version',
    file: 'src/store/rotate-stream-key.ts',
    find: ".andWhere('key_version', '<', toVersion)",
    replace: ".andWhere('key_version', '<=', toVersion)",
    why: 'a repeated rotation makes another secret',
  },
  {
    suite: 'store/housekeeping',
    test: 'the newest, which the next number counts from',
    file: 'src/store/purge-deliveries.ts',
    find: 'later.number > d.number',
    replace: 'later.number >= d.number',
    why: 'the numbers of a line begin anew',
  },
  {
    suite: 'store/tables',
    test: 'move on, fail, are tried again, and stay processed',
    file: 'src/store/video-posts.ts',
    find: "  'FAILED_PROCESSING',\n];",
    replace: "  'FAILED_PROCESSING',\n  'PROCESSED',\n];",
    why: 'a post that is done is moved by a late repeat',
  },
]);

import { fast } from '../row';

/** The server API: test/api. */
export const API = fast([
  {
    suite: 'api/http',
    test: 'refuses one that is too large',
    file: 'src/api/json-body.ts',
    find: '  limit: MAX_BODY_BYTES,',
    replace: '  limit: MAX_BODY_BYTES * 1024,',
    why: 'bodies of any size are read',
  },
  {
    suite: 'api/role',
    test: 'reads without Temporal, refuses commands, and stops in order',
    file: 'src/api/routes/health.ts',
    find: 'status: ready ? 200 : 503,',
    replace: 'status: ready ? 200 : 200,',
    why: 'an API without Temporal says that it is ready',
  },
  {
    suite: 'api/idempotency',
    test: 'does not keep that another command was in the way',
    file: 'src/api/idempotency.ts',
    find: "answer.status >= 500 || (answer.status === ERRORS.REQUEST_LOCKED.status && code === 'REQUEST_LOCKED')",
    replace: "answer.status >= 500 && code !== 'REQUEST_LOCKED'",
    why: '"another command is in the way" is kept as the answer',
  },
  {
    suite: 'api/video-rooms',
    test: 'goes live and ends, and answers what was written',
    file: 'src/api/serializers/video-room.ts',
    find: "  if (room.state !== 'LIVE' || room.format === null) return NO_PLAYBACK_URLS;",
    replace: '  if (room.format === null) return NO_PLAYBACK_URLS;',
    why: 'a room that is over still shows its live URLs',
  },
  {
    suite: 'api/list-video-rooms',
    test: 'filters by',
    file: 'src/store/list-video-rooms.ts',
    find: 'text.replace(/[\\\\%_]/g, (character) => `\\\\${character}`)',
    replace: 'text.replace(/[\\\\]/g, (character) => `\\\\${character}`)',
    why: '% and _ of a keyword match anything',
  },
  {
    suite: 'api/database-away',
    test: 'says so while Postgres is away, and goes on when it is back',
    file: 'src/store/database-errors.ts',
    find: "  'ECONNREFUSED',\n",
    replace: '',
    why: 'a refused connection is told as a fault of ours',
  },
  {
    suite: 'api/recording',
    test: 'shows on the room and as a video post, playable before it is archived',
    file: 'src/api/serializers/video-post.ts',
    find: '  if (post.playable_at === null) return [];',
    replace: '  if (post.original_bytes === null) return [];',
    why: 'a recording can be watched only once its original is made',
  },
  {
    suite: 'api/members',
    test: 'has the preview’s URLs only while it can be watched',
    file: 'src/api/serializers/stream-key.ts',
    find: "key.state === 'ACTIVE' || key.state === 'ACTIVE_LIVE'",
    replace: "key.state === 'ACTIVE' || key.state === 'ACTIVE_PREP'",
    why: 'preview URLs are shown at the wrong time',
  },
]);

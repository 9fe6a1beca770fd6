import { fast } from '../row';

/** Channels, chat and the member event stream: test/api. */
export const MEMBER_EVENTS = fast([
  {
    suite: 'api/channels',
    test: 'counts each member once, however often it comes',
    file: 'src/store/channel-members.ts',
    find: "    if (before?.state === 'ONLINE') return;",
    replace: "    if (before?.state === 'OFFLINE') return;",
    why: 'a member that joins twice is counted twice',
  },
  {
    suite: 'api/event-stream',
    test: 'is possible for a week',
    file: 'src/api/event-stream/event-streams.ts',
    find: 'lastId >= log.forgotten &&',
    replace: 'lastId >= 0 &&',
    why: 'who resumes from what is not kept any more misses it without a word',
  },
  {
    suite: 'api/event-stream-life',
    test: 'ends with its token',
    file: 'src/api/event-stream/event-streams.ts',
    find: 'if (stream.pass.issuedAtMs < validAfterMs)',
    replace: 'if (stream.pass.issuedAtMs > validAfterMs)',
    why: 'the stream of a member whose tokens were taken back goes on',
  },
]);

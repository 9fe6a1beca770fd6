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
    suite: 'api/channel-access',
    test: 'many at once, none of whom hears of the others',
    file: 'src/store/take-out-of-channel.ts',
    find: '        member_id: member.member_id,\n        payload',
    replace: '        channel_id: channel.id,\n        payload',
    why: 'a level that is narrowed for a crowd tells each of all the others',
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
    file: 'src/store/stream-passes.ts',
    find: '    issuedAtMs < validAfterMs(memberId) ||',
    replace: '    issuedAtMs > validAfterMs(memberId) ||',
    why: 'the stream of a member whose tokens were taken back goes on',
  },
]);

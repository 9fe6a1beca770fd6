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
    test: 'tells all that is addressed to the member, none twice',
    file: 'src/api/event-stream/audience.ts',
    find: '    if (event.position <= stream.position) return;',
    replace: '    if (event.position < stream.position) return;',
    why: 'a stream that is taken in while it resumes is told its last event twice',
  },
  {
    suite: 'api/event-stream-life',
    test: 'ends with its token',
    file: 'src/store/stream-passes.ts',
    find: "m.entity_state = 'ACTIVE' and",
    replace: "m.entity_state <> '' and",
    why: 'the stream of a member that was deleted goes on',
  },
]);

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
]);

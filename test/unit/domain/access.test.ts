import {
  ACCESS_LEVELS,
  mayWatch,
  NO_TIES,
  type AccessLevel,
  type Viewer,
  type ViewerFacts,
} from '../../../src/domain/access';

const APP = 1;
const OWNER = 10;
const member = (memberId = 20, appId = APP): Viewer => ({ kind: 'member', appId, memberId });
const guest = (appId = APP): Viewer => ({ kind: 'guest', appId, memberId: 30 });

/** Who asks, with what ties; and the levels that let them in. */
const ROWS: [name: string, viewer: Viewer, ties: Partial<ViewerFacts>, levels: readonly AccessLevel[]][] = [
  ['nobody', { kind: 'nobody' }, {}, ['PUBLIC']],
  ['a guest', guest(), {}, ['PUBLIC', 'APP']],
  ['a guest with every tie', guest(), { follows: true, friend: true, listed: true }, ['PUBLIC', 'APP']],
  ['a member', member(), {}, ['PUBLIC', 'APP', 'MEMBER']],
  ['a follower', member(), { follows: true }, ['PUBLIC', 'APP', 'MEMBER', 'FOLLOWER']],
  ['a friend', member(), { friend: true }, ['PUBLIC', 'APP', 'MEMBER', 'FRIEND']],
  ['a listed member', member(), { listed: true }, ['PUBLIC', 'APP', 'MEMBER', 'RESTRICTED']],
  ['the owner', member(OWNER), {}, ACCESS_LEVELS],
  ['the owner, though banned', member(OWNER), { banned: true }, ACCESS_LEVELS],
  ['the app', { kind: 'app', appId: APP }, {}, ACCESS_LEVELS],
  ['another app', { kind: 'app', appId: 2 }, {}, ['PUBLIC']],
  ["another app's member", member(20, 2), { follows: true, friend: true, listed: true }, ['PUBLIC']],
  ["another app's member with the owner's id", member(OWNER, 2), {}, ['PUBLIC']],
  ["another app's guest", guest(2), {}, ['PUBLIC']],
  ['a banned guest', guest(), { banned: true }, ['PUBLIC']],
  [
    'a banned member with every tie',
    member(),
    { follows: true, friend: true, listed: true, banned: true },
    ['PUBLIC'],
  ],
];

test.each(ROWS)('%s passes where the level says so, and nowhere else', (_name, viewer, ties, levels) => {
  const passes = ACCESS_LEVELS.filter((level) =>
    mayWatch({ appId: APP, ownerId: OWNER, level }, viewer, { ...NO_TIES, ...ties }),
  );
  expect(passes).toEqual([...levels]);
});

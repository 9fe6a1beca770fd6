import type { AccessLevel } from '../../src/domain/access';
import { ASKERS, type Asker } from './stage';

/** Who is let in, by level. */
const LET_IN: Record<AccessLevel, readonly Asker[]> = {
  PUBLIC: ASKERS,
  APP: ['guest', 'member', 'follower', 'friend', 'listed', 'owner', 'app'],
  MEMBER: ['member', 'follower', 'friend', 'listed', 'owner', 'app'],
  FOLLOWER: ['follower', 'owner', 'app'],
  FRIEND: ['friend', 'owner', 'app'],
  RESTRICTED: ['listed', 'owner', 'app'],
  PRIVATE: ['owner', 'app'],
};

/** What comes of asking at a door of this level. */
export const expected = (level: AccessLevel, asker: Asker, kind: 'ROOM' | 'POST'): string => {
  if (LET_IN[level].includes(asker)) return 'ok';
  return asker === 'nobody' ? 'EMPTY_STREAMING_TOKEN' : `VIDEO_${kind}_ACCESS_DENIED`;
};

/** Who may watch a video room or a video post, from the widest to the narrowest. */
export const ACCESS_LEVELS = [
  'PUBLIC',
  'APP',
  'MEMBER',
  'FOLLOWER',
  'FRIEND',
  'RESTRICTED',
  'PRIVATE',
] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** What an app makes of its access levels; `original`: all play as PUBLIC, as they do where it moves over from. */
export const ACCESS_LEVEL_POLICIES = ['enforced', 'original'] as const;
export type AccessLevelPolicy = (typeof ACCESS_LEVEL_POLICIES)[number];

/** The level that counts, of one as it is stored: one that we do not know is the narrowest. */
export function playsAs(stored: string, policy: AccessLevelPolicy): AccessLevel {
  if (policy === 'original') return 'PUBLIC';
  return ACCESS_LEVELS.find((known) => known === stored) ?? 'PRIVATE';
}

/** A room or a post, as far as watching it goes. */
export interface WatchedResource {
  appId: number;
  ownerId: number;
  level: AccessLevel;
}

/** Who asks, as the token says: nobody at all, an app's backend, a member of an app, or one of its guests. */
export type Viewer =
  | { kind: 'nobody' }
  | { kind: 'app'; appId: number }
  | { kind: 'member' | 'guest'; appId: number; memberId: number };

/** What ties a member to a resource and its owner. */
export interface ViewerFacts {
  /** Follows the owner. */
  follows: boolean;
  /** Friend of the owner, confirmed by both. */
  friend: boolean;
  /** On the resource's allow-list. */
  listed: boolean;
  /** Thrown out of the channel of the room, or of the room that the post was recorded in. */
  banned: boolean;
}

/** What is known of somebody without any tie. */
export const NO_TIES: ViewerFacts = { follows: false, friend: false, listed: false, banned: false };

/**
 * The one rule of all doors. PUBLIC is for everybody, with or without a token. Everything else asks for a token of the
 * resource's own app; its backend and the owner always pass; guests count for PUBLIC and APP; a ban outweighs every tie.
 */
export function mayWatch(resource: WatchedResource, viewer: Viewer, facts: ViewerFacts): boolean {
  if (resource.level === 'PUBLIC') return true;
  if (viewer.kind === 'nobody' || viewer.appId !== resource.appId) return false;
  if (viewer.kind === 'app') return true;
  if (viewer.kind === 'member' && viewer.memberId === resource.ownerId) return true;
  if (facts.banned) return false;
  if (viewer.kind === 'guest') return resource.level === 'APP';
  return tieFits(resource.level, facts);
}

function tieFits(level: Exclude<AccessLevel, 'PUBLIC'>, facts: ViewerFacts): boolean {
  switch (level) {
    case 'APP':
    case 'MEMBER':
      return true;
    case 'FOLLOWER':
      return facts.follows;
    case 'FRIEND':
      return facts.friend;
    case 'RESTRICTED':
      return facts.listed;
    case 'PRIVATE':
      return false;
  }
}

import type { Knex } from 'knex';
import type { AccessLevelPolicy, ViewerFacts } from '../domain/access';
import type { MediaKind } from '../domain/access-gate';
import { MAX_STREAMING_TOKEN_SECONDS } from '../domain/token-lives';
import { whileDatabaseAnswers } from './database-errors';

/** A login that ended before this has no token any more that could count. */
const LONGEST_TOKEN = `${MAX_STREAMING_TOKEN_SECONDS} seconds`;

/** A room or a post by its playback name, as far as watching it goes. */
export interface ResourceFacts {
  kind: MediaKind;
  name: string;
  entity: 'videoRoom' | 'videoPost';
  id: number;
  appId: number;
  ownerId: number;
  /** As stored; one that we do not know lets nobody in but the owner. */
  level: string;
  policy: AccessLevelPolicy;
}

export interface MediaName {
  kind: MediaKind;
  name: string;
}

/** A member before a resource. */
export interface Pair {
  entity: 'videoRoom' | 'videoPost';
  entityId: number;
  appId: number;
  ownerId: number;
  memberId: number;
}

/** Also whether its tokens count. */
export interface MemberFacts extends ViewerFacts {
  isActive: boolean;
  /** Epoch ms: tokens from before were revoked. */
  tokensValidAfterMs: number | null;
  /** Logins whose tokens count no more, since a spent refresh token of theirs was used. */
  endedLogins: string[];
}

/** What an archived room's live address plays is its post: who may not watch that one does not get it here. */
const ROOMS = `
  select 'live' as kind, case when p.id is null then 'videoRoom' else 'videoPost' end as entity, r.playback_name as name,
    coalesce(p.id, r.id) as id, r.app_id as "appId", r.member_id as "ownerId",
    coalesce(p.access_level, r.access_level) as level, a.access_levels as policy
  from video_rooms r join apps a on a.id = r.app_id
  left join video_posts p on p.video_room_id = r.id and r.state = 'ARCHIVED'`;
const POSTS = `
  select 'vod' as kind, 'videoPost' as entity, r.name, r.id, r.app_id as "appId", r.member_id as "ownerId",
    r.access_level as level, a.access_levels as policy
  from video_posts r join apps a on a.id = r.app_id`;
const THERE = `r.entity_state = 'ACTIVE' and a.entity_state = 'ACTIVE'`;

/** Ties of a member `m` to the owner of a room or post; see ViewerFacts. */
const tiesTo = (owner: string, entity: string, entityId: string): string => `
    exists (select 1 from follows f
      where f.app_id = m.app_id and f.follower_id = m.id and f.followee_id = ${owner}) as follows,
    exists (select 1 from friendships f
      where f.app_id = m.app_id and f.member_id = m.id and f.friend_id = ${owner})
    and exists (select 1 from friendships f
      where f.app_id = m.app_id and f.member_id = ${owner} and f.friend_id = m.id) as friend,
    exists (select 1 from allowed_members w where w.app_id = m.app_id
      and w.entity = ${entity} and w.entity_id = ${entityId} and w.member_id = m.id) as listed`;

const PAIRS = `
  select p.n, m.entity_state = 'ACTIVE' as "isActive",
    (extract(epoch from m.tokens_valid_after) * 1000)::double precision as "tokensValidAfterMs",
    array(select l.id::text from refresh_families l
      where l.member_id = m.id and l.revoked_at > now() - interval '${LONGEST_TOKEN}') as "endedLogins",
    ${tiesTo('p.owner_id', 'p.entity', 'p.entity_id')},
    exists (select 1 from channel_members c
      where c.member_id = m.id and c.state = 'BANNED' and c.channel_id = case p.entity
        when 'videoRoom' then p.entity_id
        else (select v.video_room_id from video_posts v where v.id = p.entity_id) end) as banned
  from unnest(?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
    with ordinality as p (entity, entity_id, app_id, owner_id, member_id, n)
  join members m on m.id = p.member_id and m.app_id = p.app_id`;

const PRESENT = `
  select c.id, c.channel_id as "channelId", c.member_id as "memberId", r.app_id as "appId", r.member_id as "ownerId",
    r.access_level as level, a.access_levels as policy, m.type = 'GUEST' as "isGuest",
    m.entity_state = 'ACTIVE' as "isActive", r.entity_state = 'ACTIVE' as "isRoomThere",
    ${tiesTo('r.member_id', `'videoRoom'`, 'r.id')}, false as banned
  from channel_members c
  join video_rooms r on r.id = c.channel_id
  join apps a on a.id = r.app_id
  join members m on m.id = c.member_id
  where c.state = 'ONLINE' and c.id > ?
    and (r.access_level <> all(?) or m.entity_state <> 'ACTIVE' or r.entity_state <> 'ACTIVE')`;

async function rowsOf<Row>(knex: Knex, sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
  const answer = await whileDatabaseAnswers(() =>
    knex.raw<{ rows: Row[] }>(sql, bindings as Knex.RawBinding[]),
  );
  return answer.rows;
}

/** Whoever had stolen the key may have sent anything: a show that was ended by force is not shown any more. */
const NOT_FORCED = 'not r.forcibly_terminated';
/** A recording that was deleted is gone everywhere. */
const WITH_ITS_POST = `(p.id is null or p.entity_state = 'ACTIVE')`;

/** What there is of these names; deleted ones, and rooms that were ended by force, are not there. Errors: DATABASE_UNAVAILABLE. */
export function readResources(knex: Knex, names: readonly MediaName[]): Promise<ResourceFacts[]> {
  const of = (kind: MediaKind): string[] => names.flatMap((it) => (it.kind === kind ? [it.name] : []));
  return rowsOf(
    knex,
    `${ROOMS} where r.playback_name = any(?) and ${THERE} and ${NOT_FORCED} and ${WITH_ITS_POST}
     union all ${POSTS} where r.name = any(?) and ${THERE}`,
    [of('live'), of('vod')],
  );
}

/** The rooms that are on air. Errors: DATABASE_UNAVAILABLE. */
export const readLiveRooms = (knex: Knex): Promise<ResourceFacts[]> =>
  rowsOf(knex, `${ROOMS} where r.state in ('LIVE', 'LIVE_INACTIVE') and ${THERE}`);

/** For each pair in turn; null where the app has no such member. Errors: DATABASE_UNAVAILABLE. */
export async function readPairs(knex: Knex, pairs: readonly Pair[]): Promise<(MemberFacts | null)[]> {
  if (pairs.length === 0) return [];
  const rows = await rowsOf<MemberFacts & { n: number }>(knex, PAIRS, [
    pairs.map((pair) => pair.entity),
    pairs.map((pair) => pair.entityId),
    pairs.map((pair) => pair.appId),
    pairs.map((pair) => pair.ownerId),
    pairs.map((pair) => pair.memberId),
  ]);
  const found = new Map(rows.map(({ n, ...facts }) => [n, facts]));
  return pairs.map((_pair, at) => found.get(at + 1) ?? null);
}

/** A member that is in a room's channel, before that room. */
export interface PresentMember extends ViewerFacts {
  /** Of the presence: rises from page to page. */
  id: number;
  channelId: number;
  memberId: number;
  appId: number;
  ownerId: number;
  level: string;
  policy: AccessLevelPolicy;
  isGuest: boolean;
  isActive: boolean;
  /** False: the room was deleted. */
  isRoomThere: boolean;
}

/** Whose presences to look at. */
export interface PresenceScope {
  entity: 'app' | 'member' | 'videoRoom';
  id: number;
}

const SCOPES = { app: 'r.app_id', member: 'c.member_id', videoRoom: 'c.channel_id' };

/**
 * The next of those who are in a channel now, by rising id; a null scope: everywhere. Left out are members of rooms with one of
 * the `open` levels, unless they or the room are deleted. Errors: DATABASE_UNAVAILABLE.
 */
export function listPresentMembers(
  knex: Knex,
  scope: PresenceScope | null,
  { after, limit, open }: { after: number; limit: number; open: readonly string[] },
): Promise<PresentMember[]> {
  const where = scope ? `and ${SCOPES[scope.entity]} = ?` : '';
  const bindings = scope ? [after, open, scope.id, limit] : [after, open, limit];
  return rowsOf(knex, `${PRESENT} ${where} order by c.id limit ?`, bindings);
}

import type { Knex } from 'knex';
import {
  ACCESS_LEVELS,
  mayWatch,
  NO_TIES,
  playsAs,
  type AccessLevel,
  type ViewerFacts,
} from '../domain/access';
import type { AppRow } from '../store/apps';
import type { MemberRow } from '../store/members';
import { openRooms, readTies, type OpenLevels } from '../store/watch-ties';
import { roomsOfApp, type VideoRoomRow } from '../store/video-rooms';

/** The access levels at which `viewer` may see the rooms of the member `ownerId`: the domain's one rule, asked for each. */
export async function levelsOpenTo(
  knex: Knex,
  app: AppRow,
  viewer: MemberRow,
  ownerId: number,
): Promise<OpenLevels> {
  const ties = await readTies(knex, { memberId: viewer.id, ownerId });
  const who = {
    kind: viewer.type === 'GUEST' ? ('guest' as const) : ('member' as const),
    appId: app.id,
    memberId: viewer.id,
  };
  const passing = (facts: ViewerFacts) => (level: AccessLevel) =>
    mayWatch({ appId: app.id, ownerId, level: playsAs(level, app.access_levels) }, who, facts);
  return {
    memberId: viewer.id,
    always: ACCESS_LEVELS.filter(passing({ ...NO_TIES, ...ties })),
    listed: ACCESS_LEVELS.filter(passing({ ...NO_TIES, ...ties, listed: true })),
    banned: ACCESS_LEVELS.filter(passing({ ...NO_TIES, ...ties, listed: true, banned: true })),
  };
}

/** May `viewer` see this room? */
export async function mayWatchRoom(
  knex: Knex,
  app: AppRow,
  viewer: MemberRow,
  room: Pick<VideoRoomRow, 'id' | 'member_id'>,
): Promise<boolean> {
  const one = roomsOfApp(knex, app.id).andWhere('r.id', room.id);
  openRooms(one, knex, await levelsOpenTo(knex, app, viewer, room.member_id));
  return (await one.first('r.id')) !== undefined;
}

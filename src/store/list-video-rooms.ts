import type { Knex } from 'knex';
import type { RoomState } from '../domain/video-room/machine';
import { asLiteral, TIME_SORTS, timeOrder, type PageRequest } from './page';
import { openRooms, type OpenLevels } from './watch-ties';
import { roomDetails, roomsOfApp, withDetails, type VideoRoomDetails } from './video-rooms';

export const ROOM_SORTS = TIME_SORTS;

export interface RoomFilter {
  memberId?: number;
  appUserId?: string;
  /** Part of the title, whatever its case. */
  keyword?: string;
  videoRoomState?: RoomState;
  /** Any of these. */
  videoRoomStates?: readonly RoomState[];
  type?: string;
  accessLevel?: string;
  /** For a member who may not see all. */
  openTo?: OpenLevels;
}

/** Only the rooms' own table: counting and finding a place go over all that match, details only over one page. */
function filtered(knex: Knex, appId: number, filter: RoomFilter): Knex.QueryBuilder {
  const rooms = roomsOfApp(knex, appId);
  const { memberId, appUserId, keyword, videoRoomState, videoRoomStates, type, accessLevel, openTo } = filter;
  if (memberId !== undefined) rooms.andWhere('r.member_id', memberId);
  if (appUserId !== undefined) {
    const members = knex('members').where({ app_id: appId, app_user_id: appUserId }).select('id');
    rooms.whereIn('r.member_id', members);
  }
  if (keyword !== undefined) rooms.andWhereILike('r.title', `%${asLiteral(keyword)}%`);
  if (videoRoomState !== undefined) rooms.andWhere('r.state', videoRoomState);
  if (type !== undefined) rooms.andWhere('r.type', type);
  if (accessLevel !== undefined) rooms.andWhere('r.access_level', accessLevel);
  if (videoRoomStates !== undefined) rooms.whereIn('r.state', [...videoRoomStates]);
  if (openTo !== undefined) openRooms(rooms, knex, openTo);
  return rooms;
}

/** Where a page lies: counted from the end where that is nearer, so that the last page costs as little as the first. */
function placeOf({ page, pageSize }: PageRequest, total: number) {
  const before = page * pageSize;
  const size = Math.min(pageSize, total - before);
  const after = total - before - size;
  return after < before ? { size, skip: after, backwards: true } : { size, skip: before, backwards: false };
}

/** One page of an app's rooms and how many match in all, both from one snapshot. The id breaks ties, so no room is on two pages. */
export function listVideoRooms(
  knex: Knex,
  appId: number,
  filter: RoomFilter,
  page: PageRequest,
): Promise<{ rooms: VideoRoomDetails[]; total: number }> {
  return knex.transaction(
    async (trx) => {
      const counted = (await filtered(trx, appId, filter).count('* as total').first()) as { total: number };
      const { total } = counted;
      if (page.page * page.pageSize >= total) return { rooms: [], total };
      return { rooms: await readRooms(trx, filtered(trx, appId, filter), placeOf(page, total), page), total };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

async function readRooms(
  trx: Knex.Transaction,
  matching: Knex.QueryBuilder,
  { size, skip, backwards }: ReturnType<typeof placeOf>,
  { sortBy }: PageRequest,
): Promise<VideoRoomDetails[]> {
  const { column, order } = timeOrder('r')[sortBy];
  const reversed = order === 'asc' ? 'desc' : 'asc';
  const by = (direction: 'asc' | 'desc') => [
    { column, order: direction },
    { column: 'r.id', order: direction },
  ];
  const ids = matching
    .orderBy(by(backwards ? reversed : order))
    .limit(size)
    .offset(skip)
    .select('r.id');
  const rooms = withDetails(trx('video_rooms as r').whereIn('r.id', ids));
  return (await rooms.orderBy(by(order)).select(roomDetails(trx))) as VideoRoomDetails[];
}

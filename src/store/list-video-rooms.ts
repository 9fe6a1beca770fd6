import type { Knex } from 'knex';
import type { RoomState } from '../domain/video-room/machine';
import {
  asLiteral,
  readPage,
  TIME_SORTS,
  timeOrder,
  type PageRequest,
  type PageSource,
  type TimeSort,
} from './page';
import { ROOM_DETAILS, roomsOfApp, type VideoRoomDetails } from './video-rooms';

export const ROOM_SORTS = TIME_SORTS;

export interface RoomFilter {
  memberId?: number;
  appUserId?: string;
  /** Part of the title, whatever its case. */
  keyword?: string;
  videoRoomState?: RoomState;
  type?: string;
  accessLevel?: string;
}

function filtered(knex: Knex, appId: number, filter: RoomFilter) {
  const rooms = roomsOfApp(knex, appId);
  if (filter.memberId !== undefined) rooms.andWhere('r.member_id', filter.memberId);
  if (filter.appUserId !== undefined) rooms.andWhere('m.app_user_id', filter.appUserId);
  if (filter.keyword !== undefined) rooms.andWhereILike('r.title', `%${asLiteral(filter.keyword)}%`);
  if (filter.videoRoomState !== undefined) rooms.andWhere('r.state', filter.videoRoomState);
  if (filter.type !== undefined) rooms.andWhere('r.type', filter.type);
  if (filter.accessLevel !== undefined) rooms.andWhere('r.access_level', filter.accessLevel);
  return rooms;
}

/** One page of an app's rooms and how many match in all. */
export async function listVideoRooms(
  knex: Knex,
  appId: number,
  filter: RoomFilter,
  page: PageRequest,
): Promise<{ rooms: VideoRoomDetails[]; total: number }> {
  const source: PageSource<TimeSort> = {
    matching: (trx) => filtered(trx, appId, filter),
    columns: ROOM_DETAILS,
    order: timeOrder('r'),
    tieBreaker: 'r.id',
  };
  const { rows, total } = await readPage<VideoRoomDetails, TimeSort>(knex, source, page);
  return { rooms: rows, total };
}

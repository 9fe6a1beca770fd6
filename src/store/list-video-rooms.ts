import type { Knex } from 'knex';
import type { RoomState } from '../domain/video-room/machine';
import { ROOM_DETAILS, roomsOfApp, type VideoRoomDetails } from './video-rooms';

export const ROOM_SORTS = [
  'CREATED_AT_ASC',
  'CREATED_AT_DESC',
  'LAST_MODIFIED_AT_ASC',
  'LAST_MODIFIED_AT_DESC',
] as const;
export type RoomSort = (typeof ROOM_SORTS)[number];

const ORDER: Record<RoomSort, { column: string; order: 'asc' | 'desc' }> = {
  CREATED_AT_ASC: { column: 'r.created_at', order: 'asc' },
  CREATED_AT_DESC: { column: 'r.created_at', order: 'desc' },
  LAST_MODIFIED_AT_ASC: { column: 'r.last_modified_at', order: 'asc' },
  LAST_MODIFIED_AT_DESC: { column: 'r.last_modified_at', order: 'desc' },
};

export interface RoomFilter {
  memberId?: number;
  appUserId?: string;
  /** Part of the title, whatever its case. */
  keyword?: string;
  videoRoomState?: RoomState;
  type?: string;
  accessLevel?: string;
}

export interface PageRequest {
  /** From 0. */
  page: number;
  pageSize: number;
  sortBy: RoomSort;
}

/** In LIKE, these characters would match more than themselves. */
const asLiteral = (text: string): string => text.replace(/[\\%_]/g, (character) => `\\${character}`);

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

/** One page of an app's rooms and how many match in all, both from one snapshot. The id breaks ties, so no room is on two pages. */
export function listVideoRooms(
  knex: Knex,
  appId: number,
  filter: RoomFilter,
  page: PageRequest,
): Promise<{ rooms: VideoRoomDetails[]; total: number }> {
  const { column, order } = ORDER[page.sortBy];
  return knex.transaction(
    async (trx) => {
      const counted = await filtered(trx, appId, filter).count('* as total').first<{ total: number }>();
      const rooms = await filtered(trx, appId, filter)
        .orderBy([
          { column, order },
          { column: 'r.id', order },
        ])
        .limit(page.pageSize)
        .offset(page.page * page.pageSize)
        .select<VideoRoomDetails[]>(ROOM_DETAILS);
      return { rooms, total: counted.total };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

import type { Knex } from 'knex';
import type { MemberRow } from '../store/members';
import type { VideoRoomRow } from '../store/video-rooms';

/** The access levels at which `viewer` may see the rooms of `owner`. */
export function levelsOpenTo(_knex: Knex, viewer: MemberRow, _owner: { id: number }): Promise<string[]> {
  return Promise.resolve(viewer.type === 'GUEST' ? ['PUBLIC', 'APP'] : ['PUBLIC', 'APP', 'MEMBER']);
}

/** May `viewer` see this room? */
export async function mayWatchRoom(knex: Knex, viewer: MemberRow, room: VideoRoomRow): Promise<boolean> {
  if (room.member_id === viewer.id) return true;
  return (await levelsOpenTo(knex, viewer, { id: room.member_id })).includes(room.access_level);
}

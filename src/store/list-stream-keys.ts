import type { Knex } from 'knex';
import { asLiteral, readPage, timeOrder, type PageRequest, type TimeSort } from './page';
import { STREAM_KEY_DETAILS, streamKeysOfApp, type StreamKeyDetails } from './stream-keys';

export interface StreamKeyFilter {
  memberId?: number;
  appUserId?: string;
  /** Part of the member's name, whatever its case. */
  appUserName?: string;
  /** The room that the key holds. */
  videoRoomId?: number;
  /** Part of the member's id or name, whatever its case. */
  keyword?: string;
}

function matching(knex: Knex, appId: number, filter: StreamKeyFilter) {
  const keys = streamKeysOfApp(knex, appId);
  if (filter.memberId !== undefined) keys.andWhere('k.member_id', filter.memberId);
  if (filter.appUserId !== undefined) keys.andWhere('m.app_user_id', filter.appUserId);
  if (filter.videoRoomId !== undefined) keys.andWhere('k.video_room_id', filter.videoRoomId);
  if (filter.appUserName !== undefined)
    keys.andWhereILike('m.app_user_name', `%${asLiteral(filter.appUserName)}%`);
  if (filter.keyword !== undefined) {
    const part = `%${asLiteral(filter.keyword)}%`;
    keys.andWhere((either) => either.whereILike('m.app_user_id', part).orWhereILike('m.app_user_name', part));
  }
  return keys;
}

/** One page of an app's stream keys and how many match in all. */
export function listStreamKeys(
  knex: Knex,
  appId: number,
  filter: StreamKeyFilter,
  page: PageRequest,
): Promise<{ rows: StreamKeyDetails[]; total: number }> {
  const source = {
    matching: (trx: Knex) => matching(trx, appId, filter),
    columns: STREAM_KEY_DETAILS,
    order: timeOrder('k'),
    tieBreaker: 'k.id',
  };
  return readPage<StreamKeyDetails, TimeSort>(knex, source, page);
}

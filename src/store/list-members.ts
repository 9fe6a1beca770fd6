import type { Knex } from 'knex';
import type { MemberRow } from './members';
import { asLiteral, readPage, TIME_SORTS, timeOrder, type PageRequest, type SortColumn } from './page';

export const MEMBER_SORTS = [...TIME_SORTS, 'APP_USER_ID_ASC', 'APP_USER_ID_DESC'] as const;
export type MemberSort = (typeof MEMBER_SORTS)[number];

const ORDER: Record<MemberSort, SortColumn> = {
  ...timeOrder('m'),
  APP_USER_ID_ASC: { column: 'm.app_user_id', order: 'asc' },
  APP_USER_ID_DESC: { column: 'm.app_user_id', order: 'desc' },
};

export interface MemberFilter {
  appUserId?: string;
  /** Part of the name, whatever its case. */
  appUserName?: string;
}

/** One page of an app's members and how many match in all. */
export function listMembers(
  knex: Knex,
  appId: number,
  { appUserId, appUserName }: MemberFilter,
  page: PageRequest<MemberSort>,
): Promise<{ rows: MemberRow[]; total: number }> {
  const matching = (trx: Knex) => {
    const members = trx('members as m').where({ 'm.app_id': appId, 'm.entity_state': 'ACTIVE' });
    if (appUserId !== undefined) members.andWhere('m.app_user_id', appUserId);
    if (appUserName !== undefined) members.andWhereILike('m.app_user_name', `%${asLiteral(appUserName)}%`);
    return members;
  };
  const source = { matching, columns: ['m.*'], order: ORDER, tieBreaker: 'm.id' };
  return readPage<MemberRow, MemberSort>(knex, source, page);
}

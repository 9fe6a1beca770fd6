import type { Knex } from 'knex';
import type { MemberRow } from './members';
import { readPage, type PageRequest, type PageSource, type TimeSort } from './page';

/** A room or post that has an allow-list. */
export interface ListOwner {
  appId: number;
  entity: 'videoRoom' | 'videoPost';
  entityId: number;
}

const columnsOf = ({ appId, entity, entityId }: ListOwner) => ({
  app_id: appId,
  entity,
  entity_id: entityId,
});

/** How many are on the list of the row that `owner` names, for example `r.id`: a column of its query, `allowed_members`. */
export const countAllowedMembers = (knex: Knex, entity: ListOwner['entity'], owner: string): Knex.Raw =>
  knex.raw(
    '(select count(*) from allowed_members w where w.entity = ? and w.entity_id = ??) as allowed_members',
    [entity, owner],
  );

/** Safe to repeat: the first time counts. */
export async function allowMember(knex: Knex, owner: ListOwner, memberId: number): Promise<void> {
  await knex('allowed_members')
    .insert({ ...columnsOf(owner), member_id: memberId })
    .onConflict(['entity', 'entity_id', 'member_id'])
    .ignore();
}

export async function disallowMember(knex: Knex, owner: ListOwner, memberId: number): Promise<void> {
  await knex('allowed_members')
    .where({ ...columnsOf(owner), member_id: memberId })
    .delete();
}

/** Those who are on the list and still members. */
export async function listAllowedMembers(
  knex: Knex,
  owner: ListOwner,
  page: PageRequest,
): Promise<{ members: MemberRow[]; total: number }> {
  const { appId, entity, entityId } = owner;
  const source: PageSource<TimeSort> = {
    matching: (trx) =>
      trx('allowed_members as w').join('members as m', 'm.id', 'w.member_id').where({
        'w.app_id': appId,
        'w.entity': entity,
        'w.entity_id': entityId,
        'm.entity_state': 'ACTIVE',
      }),
    columns: ['m.*'],
    order: {
      CREATED_AT_ASC: { column: 'w.created_at', order: 'asc' },
      CREATED_AT_DESC: { column: 'w.created_at', order: 'desc' },
      LAST_MODIFIED_AT_ASC: { column: 'm.last_modified_at', order: 'asc' },
      LAST_MODIFIED_AT_DESC: { column: 'm.last_modified_at', order: 'desc' },
    },
    tieBreaker: 'm.id',
  };
  const { rows, total } = await readPage<MemberRow, TimeSort>(knex, source, page);
  return { members: rows, total };
}

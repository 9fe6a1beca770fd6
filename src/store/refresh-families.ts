import type { Knex } from 'knex';
import { isTakenBack } from '../domain/token-lives';
import { inBatches } from './purge';

/** One login and the refresh tokens that follow one another from it. */
export interface RefreshFamilyRow {
  id: string;
  app_id: number;
  member_id: number;
  /** Of the newest token. */
  generation: number;
  created_at: Date;
  rotated_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

export async function insertRefreshFamily(
  knex: Knex,
  family: { id: string; appId: number; memberId: number; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await knex('refresh_families').insert({
    id: family.id,
    app_id: family.appId,
    member_id: family.memberId,
    created_at: family.createdAt,
    rotated_at: family.createdAt,
    expires_at: family.expiresAt,
  });
}

export function findRefreshFamily(knex: Knex, id: string): Promise<RefreshFamilyRow | undefined> {
  return knex('refresh_families').where({ id }).first<RefreshFamilyRow | undefined>();
}

/** Its row, locked until the transaction ends: two renewals at once take turns. */
export function lockRefreshFamily(trx: Knex.Transaction, id: string): Promise<RefreshFamilyRow | undefined> {
  return trx('refresh_families').where({ id }).forUpdate().first<RefreshFamilyRow | undefined>();
}

/**
 * Is the member of a login there, and the login from after its tokens were last taken back? Until the transaction ends nobody
 * takes them back or deletes the member.
 */
export async function isLoginKept(
  trx: Knex.Transaction,
  { app_id, member_id, created_at }: RefreshFamilyRow,
): Promise<boolean> {
  const member = await trx('members')
    .where({ id: member_id, app_id, entity_state: 'ACTIVE' })
    .forShare()
    .first<{ tokens_valid_after: Date | null } | undefined>('tokens_valid_after');
  return member !== undefined && !isTakenBack(created_at.getTime(), member.tokens_valid_after);
}

export async function updateRefreshFamily(
  knex: Knex,
  id: string,
  change: Partial<Pick<RefreshFamilyRow, 'generation' | 'rotated_at' | 'expires_at' | 'revoked_at'>>,
): Promise<void> {
  await knex('refresh_families').where({ id }).update(change);
}

/** Until then who comes back too late is told so: EXPIRED_REFRESH_TOKEN, not INVALID_REFRESH_TOKEN. */
export const KEEP_EXPIRED_LOGINS_DAYS = 7;

/** Removes what has long expired; answers how many. */
export function purgeRefreshFamilies(knex: Knex): Promise<number> {
  return inBatches((limit) => {
    const old = knex('refresh_families')
      .whereRaw('expires_at < now() - make_interval(days => ?)', [KEEP_EXPIRED_LOGINS_DAYS])
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .select('id');
    return knex('refresh_families').whereIn('id', old).delete();
  });
}

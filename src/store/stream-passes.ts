import type { Knex } from 'knex';

/** Of some members those whose access tokens of before `validAfterMs` count no more. Infinity: none counts, ever. */
export async function listSpentPasses(
  knex: Knex,
  memberIds: readonly number[],
): Promise<{ memberId: number; validAfterMs: number }[]> {
  const rows = await knex('members as m')
    .join('apps as a', 'a.id', 'm.app_id')
    .whereRaw('m.id = any(?)', [[...memberIds]])
    .select<{ id: number; is_active: boolean; tokens_valid_after: Date | null }[]>(
      'm.id',
      knex.raw(`m.entity_state = 'ACTIVE' and a.entity_state = 'ACTIVE' as is_active`),
      'm.tokens_valid_after',
    );
  const found = new Map(rows.map((row) => [row.id, row]));
  return memberIds.flatMap((memberId) => {
    const row = found.get(memberId);
    if (!row?.is_active) return [{ memberId, validAfterMs: Infinity }];
    return row.tokens_valid_after ? [{ memberId, validAfterMs: row.tokens_valid_after.getTime() }] : [];
  });
}

/** Of some logins those that were ended: a spent refresh token was used again. One that is not there any more counts too. */
export async function listEndedLogins(knex: Knex, familyIds: readonly string[]): Promise<Set<string>> {
  const rows = await knex('refresh_families')
    .whereRaw('id = any(?::uuid[])', [[...familyIds]])
    .whereNull('revoked_at')
    .select<{ id: string }[]>('id');
  const standing = new Set(rows.map(({ id }) => id));
  return new Set(familyIds.filter((id) => !standing.has(id)));
}

import type { Knex } from 'knex';

/** What an access token said of whom it let in, when it did. */
export interface GivenPass {
  memberId: number;
  issuedAtMs: number;
  /** The login it comes from; null where it comes from none. */
  familyId: string | null;
}

/** Access tokens of before count no more. Infinity: none counts, ever; 0: all do. */
async function readValidAfterMs(knex: Knex, memberIds: readonly number[]): Promise<(id: number) => number> {
  const rows = await knex('members as m')
    .join('apps as a', 'a.id', 'm.app_id')
    .whereRaw('m.id = any(?)', [[...memberIds]])
    .select<{ id: number; is_active: boolean; tokens_valid_after: Date | null }[]>(
      'm.id',
      knex.raw(`m.entity_state = 'ACTIVE' and a.entity_state = 'ACTIVE' as is_active`),
      'm.tokens_valid_after',
    );
  const active = rows.filter((row) => row.is_active);
  const found = new Map(active.map((row) => [row.id, row.tokens_valid_after?.getTime() ?? 0]));
  return (id) => found.get(id) ?? Infinity;
}

/** Logins that go on. One that is not there any more is over. */
async function readGoingLogins(knex: Knex, familyIds: readonly string[]): Promise<Set<string>> {
  if (familyIds.length === 0) return new Set();
  const rows = await knex('refresh_families')
    .whereRaw('id = any(?::uuid[])', [[...familyIds]])
    .whereNull('revoked_at')
    .select<{ id: string }[]>('id');
  return new Set(rows.map((row) => row.id));
}

/** Of some passes those that count no more: taken back, of a login that was ended, or of a member or app that is gone. */
export async function findSpentPasses<Pass extends GivenPass>(
  knex: Knex,
  passes: readonly Pass[],
): Promise<Set<Pass>> {
  const logins = passes.flatMap(({ familyId }) => (familyId === null ? [] : [familyId]));
  const [validAfterMs, going] = await Promise.all([
    readValidAfterMs(knex, [...new Set(passes.map(({ memberId }) => memberId))]),
    readGoingLogins(knex, [...new Set(logins)]),
  ]);
  const isSpent = ({ memberId, issuedAtMs, familyId }: Pass): boolean =>
    issuedAtMs < validAfterMs(memberId) || (familyId !== null && !going.has(familyId));
  return new Set(passes.filter(isSpent));
}

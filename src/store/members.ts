import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { EntityState } from './apps';
import { insertStreamKey, reviveStreamKey } from './stream-keys';
import type { Vault } from './vault';

/** A guest is let in without a name: it owns no key and no room. */
export type MemberType = 'MEMBER' | 'GUEST';

export interface MemberRow {
  id: number;
  app_id: number;
  app_user_id: string;
  app_user_name: string | null;
  app_user_profile_img_url: string | null;
  email: string | null;
  country: string | null;
  lang: string | null;
  custom_type: string | null;
  custom_data: Record<string, string> | null;
  type: MemberType;
  /** Tokens that were issued earlier are revoked. */
  tokens_valid_after: Date | null;
  entity_state: EntityState;
  created_at: Date;
  last_modified_at: Date;
}

/** Absent: unchanged; null: removed. */
export interface MemberProfile {
  appUserName?: string | null;
  appUserProfileImgUrl?: string | null;
  email?: string | null;
  country?: string | null;
  lang?: string | null;
  customType?: string | null;
  customData?: Record<string, string> | null;
}

/** A guest, under a name of ours. */
export async function createGuest(knex: Knex, appId: number): Promise<MemberRow> {
  const [guest] = await knex('members')
    .insert({ app_id: appId, app_user_id: randomUUID(), type: 'GUEST' })
    .returning<MemberRow[]>('*');
  if (!guest) throw new Error('the insert of a guest returned no row');
  return guest;
}

/**
 * Creates the member together with its stream key, or updates the profile of an existing one. One that was deleted is there again,
 * with a new key and without the profile that it had.
 */
export function upsertMember(
  knex: Knex,
  vault: Vault,
  appId: number,
  appUserId: string,
  profile: MemberProfile,
): Promise<MemberRow> {
  return knex.transaction(async (trx) => {
    const columns = profileColumns(profile);
    await forgetDeleted(trx, appId, appUserId);
    const [member] = await trx('members')
      .insert({ app_id: appId, app_user_id: appUserId, ...columns })
      .onConflict(['app_id', 'app_user_id'])
      // A guest that registers is none any more.
      .merge({ ...columns, type: 'MEMBER', entity_state: 'ACTIVE', last_modified_at: trx.fn.now(3) })
      .returning<MemberRow[]>('*');
    if (!member) throw new Error('the upsert of a member returned no row');
    // The upsert holds the member's row, so two callers can't both find the key missing.
    const key = await trx('stream_keys')
      .where({ member_id: member.id })
      .first<{ id: number; entity_state: EntityState } | undefined>('id', 'entity_state');
    if (!key) await insertStreamKey(trx, vault, { appId, memberId: member.id });
    else if (key.entity_state === 'DELETED') await reviveStreamKey(trx, vault, key.id);
    return member;
  });
}

/** What a deleted member's profile said is nobody's any more. */
async function forgetDeleted(trx: Knex, appId: number, appUserId: string): Promise<void> {
  await trx('members')
    .where({ app_id: appId, app_user_id: appUserId, entity_state: 'DELETED' })
    .update({ ...NO_PROFILE, entity_state: 'ACTIVE' });
}

const NO_PROFILE = {
  app_user_name: null,
  app_user_profile_img_url: null,
  email: null,
  country: null,
  lang: null,
  custom_type: null,
  custom_data: null,
};

function profileColumns(profile: MemberProfile): Record<string, string | null> {
  const columns: Record<string, string | null | undefined> = {
    app_user_name: profile.appUserName,
    app_user_profile_img_url: profile.appUserProfileImgUrl,
    email: profile.email,
    country: profile.country,
    lang: profile.lang,
    custom_type: profile.customType,
    custom_data: profile.customData ? JSON.stringify(profile.customData) : profile.customData,
  };
  const given = Object.entries(columns).filter(
    (entry): entry is [string, string | null] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}

export function findMember(knex: Knex, appId: number, appUserId: string): Promise<MemberRow | undefined> {
  return knex('members')
    .where({ app_id: appId, app_user_id: appUserId, entity_state: 'ACTIVE' })
    .first<MemberRow | undefined>();
}

/** Changes the profile; undefined where there is no such member. */
export async function updateMember(
  knex: Knex,
  appId: number,
  appUserId: string,
  profile: MemberProfile,
): Promise<MemberRow | undefined> {
  const [member] = await knex('members')
    .where({ app_id: appId, app_user_id: appUserId, entity_state: 'ACTIVE' })
    .update({ ...profileColumns(profile), last_modified_at: knex.fn.now(3) })
    .returning<MemberRow[]>('*');
  return member;
}

export function findMemberById(knex: Knex, appId: number, id: number): Promise<MemberRow | undefined> {
  return knex('members').where({ app_id: appId, id, entity_state: 'ACTIVE' }).first<MemberRow | undefined>();
}

/** Takes back every token of the member that was issued until now. False: there is no such member. */
export async function takeTokensBack(knex: Knex, appId: number, appUserId: string): Promise<boolean> {
  // A millisecond more than now: tokens of this very millisecond are taken back too.
  const until = knex.raw("date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond'");
  const changed = await knex('members')
    .where({ app_id: appId, app_user_id: appUserId, entity_state: 'ACTIVE' })
    .update({ tokens_valid_after: until, last_modified_at: knex.fn.now(3) });
  return changed > 0;
}

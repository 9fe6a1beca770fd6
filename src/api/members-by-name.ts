import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { findMember, type MemberRow } from '../store/members';

/** The app's member of that name. Errors: MEMBER_NOT_FOUND. */
export async function memberNamed(knex: Knex, appId: number, appUserId: string): Promise<MemberRow> {
  // NUL is no character of a Postgres text, so nobody is called so.
  const member = appUserId.includes('\0') ? undefined : await findMember(knex, appId, appUserId);
  if (!member) throw new CodedError('MEMBER_NOT_FOUND');
  return member;
}

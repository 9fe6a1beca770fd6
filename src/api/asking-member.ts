import { CodedError } from '../domain/errors';
import type { MemberRow } from '../store/members';
import type { Caller } from './caller';

/** Who asks on the member API; `authenticateMember` let nobody else in. */
export function askingMember({ member }: Pick<Caller, 'member'>): MemberRow {
  if (!member) throw new CodedError('EMPTY_ACCESS_TOKEN');
  return member;
}

/** The same, where a guest has no business. Errors: MEMBER_IS_GUEST. */
export function askingOwner(caller: Pick<Caller, 'member'>): MemberRow {
  const member = askingMember(caller);
  if (member.type === 'GUEST') throw new CodedError('MEMBER_IS_GUEST');
  return member;
}

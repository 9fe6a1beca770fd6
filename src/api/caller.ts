import type { Response } from 'express';
import type { AppRow } from '../store/apps';
import type { MemberRow } from '../store/members';
import type { AccessClaims, TokenTimes } from '../tokens/tokens';

/** Who asks: an app's backend by itself, or one of the app's members. */
export interface Caller {
  app: AppRow;
  member: MemberRow | null;
  /** Of the access token that let a member in. */
  token?: TokenTimes & Pick<AccessClaims, 'familyId'>;
}

/** For what authenticates. */
export function letIn(res: Response, caller: Caller): void {
  res.locals.caller = caller;
}

/** Who was let in. */
export function callerOf(res: Response): Caller {
  return res.locals.caller as Caller;
}

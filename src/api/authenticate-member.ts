import type { Request, RequestHandler } from 'express';
import type { Knex } from 'knex';
import { CodedError, type ErrorCode } from '../domain/errors';
import { isTakenBack } from '../domain/token-lives';
import { findApp } from '../store/apps';
import { findMemberById } from '../store/members';
import { findRefreshFamily } from '../store/refresh-families';
import type { AccessClaims, Tokens } from '../tokens/tokens';
import { letIn, type Caller } from './caller';
import type { ApiDeps } from './deps';
import { parseRequest } from './schemas/parse';
import { refreshBody } from './schemas/tokens';

export interface AuthenticateMemberOptions {
  /**
   * Takes the token as the query's `accessToken` (or `access_token`) too. For the event stream only: a browser's EventSource
   * sends no headers. Elsewhere a token in an address would end in histories and logs.
   */
  tokenInQuery?: boolean;
}

/** Null: none was sent. */
function readToken(req: Request, { tokenInQuery = false }: AuthenticateMemberOptions): string | null {
  const inHeader = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
  if (inHeader !== undefined || !tokenInQuery) return inHeader ?? null;
  const inQuery = req.query.accessToken ?? req.query.access_token;
  return typeof inQuery === 'string' ? inQuery : null;
}

interface Identity {
  appId: number;
  memberId: number;
  issuedAtMs: number;
}

/** App and member as they are now. Gone, deleted, or their tokens taken back: `refusal`. */
async function find(knex: Knex, who: Identity, refusal: ErrorCode): Promise<Caller> {
  const [app, member] = await Promise.all([
    findApp(knex, who.appId),
    findMemberById(knex, who.appId, who.memberId),
  ]);
  if (!app || !member || isTakenBack(who.issuedAtMs, member.tokens_valid_after))
    throw new CodedError(refusal);
  return { app, member };
}

/** A login that was ended, since somebody used a spent refresh token, ends its access tokens too. */
async function refuseEndedLogin(knex: Knex, { familyId }: AccessClaims): Promise<void> {
  if (familyId === null) return;
  const family = await findRefreshFamily(knex, familyId);
  if (!family || family.revoked_at) throw new CodedError('INVALID_ACCESS_TOKEN');
}

/**
 * Who an access token lets in, by what is true now: a member that was deleted or whose tokens were taken back is refused.
 * Errors: EMPTY_, INVALID_, EXPIRED_ACCESS_TOKEN.
 */
export async function callerByAccessToken(
  { knex, tokens }: { knex: Knex; tokens: Tokens },
  token: string,
): Promise<Caller> {
  const claims = await tokens.verifyAccess(token);
  const [caller] = await Promise.all([
    find(knex, claims, 'INVALID_ACCESS_TOKEN'),
    refuseEndedLogin(knex, claims),
  ]);
  const { issuedAtMs, expiresAtMs, familyId } = claims;
  return { ...caller, token: { issuedAtMs, expiresAtMs, familyId } };
}

/** Lets a member in by the access token. */
export function authenticateMember(
  deps: { knex: Knex; tokens: Tokens },
  options: AuthenticateMemberOptions = {},
): RequestHandler {
  return async (req, res, next) => {
    letIn(res, await callerByAccessToken(deps, readToken(req, options) ?? ''));
    next();
  };
}

/** Lets a member in by the refresh token in the body, also by a spent one: what that is worth, its renewal says. */
export function letInByRefreshToken({ knex, refreshTokens }: ApiDeps): RequestHandler {
  return async (req, res, next) => {
    const { refreshToken } = parseRequest(refreshBody, req.body);
    const family = await refreshTokens.familyOf(refreshToken);
    const issuedAtMs = family.created_at.getTime();
    const who = { appId: family.app_id, memberId: family.member_id, issuedAtMs };
    letIn(res, await find(knex, who, 'INVALID_REFRESH_TOKEN'));
    next();
  };
}

import type { Knex } from 'knex';
import { CodedError } from '../../domain/errors';
import {
  createGuest,
  findMember,
  findMemberById,
  takeTokensBack,
  upsertMember,
  type MemberRow,
} from '../../store/members';
import { appTokensContract, memberTokensContract } from '../contract/tokens';
import type { ApiDeps } from '../deps';
import type { Made } from '../idempotency';
import { logIn, tokensOf } from '../issue-tokens';
import { bind, type Binding, type Call } from '../serve';

/** The guest that a try before has made, as long as it is one; else a new one. */
async function guestOf(knex: Knex, appId: number, made: Made): Promise<MemberRow> {
  const before = made.id === null ? undefined : await findMemberById(knex, appId, made.id);
  if (before?.type === 'GUEST') return before;
  return knex.transaction(async (trx) => {
    const guest = await createGuest(trx, appId);
    await made.keep(trx, guest.id);
    return guest;
  });
}

/** Logins, guests, taking back, and the app's own streaming token. */
export const appTokenRoutes = (deps: ApiDeps): Binding[] =>
  bind(appTokensContract, {
    async loginMember({ app, body, repeated }) {
      const { appUserId, ...profile } = body;
      const upsert = () => upsertMember(deps.knex, deps.vault, app.id, appUserId, profile);
      // A late repeat does not undo what was changed since.
      const before = repeated ? await findMember(deps.knex, app.id, appUserId) : undefined;
      return logIn(deps, app, before ?? (await upsert()));
    },
    loginAsGuest: async ({ app, made }) => logIn(deps, app, await guestOf(deps.knex, app.id, made)),
    async revokeMemberTokens({ app, param }) {
      const appUserId = param('appUserId');
      // NUL is no character of a Postgres text, so nobody is called so.
      const found = !appUserId.includes('\0') && (await takeTokensBack(deps.knex, app.id, appUserId));
      if (!found) throw new CodedError('MEMBER_NOT_FOUND');
    },
    async createStreamingToken({ app }) {
      const of = { appId: app.id, memberId: null, guest: false, seconds: app.streaming_token_seconds };
      return { streamingToken: await deps.tokens.mintStreaming(of) };
    },
  });

/** For whom a refresh token let in: a member. */
function whoRefreshes({ member }: Call) {
  if (!member) throw new CodedError('INVALID_REFRESH_TOKEN');
  return member;
}

/** Below /v2/members, behind `letInByRefreshToken`. */
export const refreshRoutes = (deps: ApiDeps): Binding[] =>
  bind(memberTokensContract, {
    async refreshTokens(call) {
      const { refreshToken } = call.body;
      const grant = await deps.refreshTokens.rotate(refreshToken, { repeated: call.repeated });
      return tokensOf(deps, call.app, whoRefreshes(call), grant);
    },
  });

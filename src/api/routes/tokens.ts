import { CodedError } from '../../domain/errors';
import { createGuest, takeTokensBack, upsertMember } from '../../store/members';
import { appTokensContract, memberTokensContract } from '../contract/tokens';
import type { ApiDeps } from '../deps';
import { logIn, tokensOf } from '../issue-tokens';
import { bind, type Binding, type Call } from '../serve';

/** Logins, guests, taking back, and the app's own streaming token. */
export const appTokenRoutes = (deps: ApiDeps): Binding[] =>
  bind(appTokensContract, {
    async loginMember({ app, body }) {
      const { appUserId, ...profile } = body;
      return logIn(deps, app, await upsertMember(deps.knex, deps.vault, app.id, appUserId, profile));
    },
    loginAsGuest: async ({ app }) => logIn(deps, app, await createGuest(deps.knex, app.id)),
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

import { issueTimeMs } from '../domain/token-lives';
import type { AppRow } from '../store/apps';
import type { MemberRow } from '../store/members';
import type { RefreshGrant } from '../tokens/refresh-tokens';
import type { ApiDeps } from './deps';
import { serializeMember } from './serializers/member';

type TokenDeps = Pick<ApiDeps, 'tokens' | 'refreshTokens'>;

/** The tokens of one grant. The same grant again gives the same ones, while app and signing key are what they were. */
export async function tokensOf({ tokens }: TokenDeps, app: AppRow, member: MemberRow, grant: RefreshGrant) {
  const { familyId, generation, refreshToken, grantedAtMs: issuedAtMs } = grant;
  const of = {
    appId: app.id,
    memberId: member.id,
    guest: member.type === 'GUEST',
    issuedAtMs,
    id: `${familyId}.${generation}`,
  };
  const [accessToken, streamingToken] = await Promise.all([
    tokens.mintAccess({ ...of, familyId }),
    tokens.mintStreaming({ ...of, familyId, seconds: app.streaming_token_seconds }),
  ]);
  return { accessToken, refreshToken, streamingToken, member: serializeMember(member, app) };
}

/** A new login. */
export async function logIn(deps: TokenDeps, app: AppRow, member: MemberRow) {
  const issuedAtMs = issueTimeMs(Date.now(), member.tokens_valid_after);
  const grant = await deps.refreshTokens.begin({ appId: app.id, memberId: member.id }, issuedAtMs);
  return tokensOf(deps, app, member, grant);
}

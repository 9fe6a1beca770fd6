import { z } from 'zod';
import { memberBody } from '../schemas/member';
import { refreshBody } from '../schemas/tokens';
import { memberTokens } from './entities/member-tokens';
import { operation, said } from './operation';

/** Tokens, as the app's backend hands them to its members. */
export const appTokensContract = {
  loginMember: operation({
    id: 'AppsServerApiMembersController_loginMember',
    tag: 'members',
    method: 'post',
    path: '/members/login',
    summary: { en: 'Log a member in', ko: '멤버 로그인' },
    description: {
      en: 'Registers the member at the first login and updates the profile at each. Hand the tokens to the client.',
      ko: '최초 로그인 시 멤버를 등록하고 로그인할 때마다 프로필을 갱신합니다. 받은 토큰을 클라이언트에 전달하세요.',
    },
    body: memberBody,
    bodyExample: { appUserId: 'alice', appUserName: 'Alice' },
    answer: { status: 200, schema: memberTokens },
    errors: ['EMPTY_APP_USER_ID', 'INVALID_APP_USER_ID_FORMAT'],
    secretAnswer: true,
  }),
  loginAsGuest: operation({
    id: 'AppsServerApiMembersController_loginAsGuest',
    tag: 'members',
    method: 'post',
    path: '/members/login-as-guest',
    summary: { en: 'Let a guest in', ko: '게스트 로그인' },
    description: {
      en: 'For somebody who is not logged in to your app. A guest owns no stream key and no video room.',
      ko: '앱에 로그인하지 않은 사용자를 위한 로그인입니다. 게스트는 스트림키와 비디오룸을 가질 수 없습니다.',
    },
    answer: { status: 200, schema: memberTokens },
    errors: [],
    secretAnswer: true,
  }),
  revokeMemberTokens: operation({
    id: 'AppsServerApiMembersController_revokeMemberTokens',
    tag: 'members',
    method: 'post',
    path: '/members/{appUserId}/revoke-tokens',
    summary: { en: "Take back all of a member's tokens", ko: '멤버의 모든 토큰 폐기' },
    description: {
      en: 'Access, refresh and streaming tokens end: for the API at the next request, for viewers within 30 s.',
      ko: '액세스·리프레시·스트리밍 토큰이 모두 폐기됩니다. API는 다음 요청부터, 재생은 30초 이내에 적용됩니다.',
    },
    parameters: { appUserId: { en: "The member's id in your app.", ko: '앱에서 사용하는 멤버 ID.' } },
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  createStreamingToken: operation({
    id: 'AppsServerApiStreamingTokensController_createStreamingToken',
    tag: 'streamingTokens',
    method: 'post',
    path: '/streaming-tokens',
    summary: { en: "Get a streaming token of the app's own", ko: '앱 스트리밍 토큰 발급' },
    description: {
      en: 'Opens every video room and video post of the app, whatever its access level.',
      ko: '접근 레벨과 관계없이 앱의 모든 비디오룸과 비디오 포스트를 재생할 수 있는 토큰입니다.',
    },
    answer: {
      status: 201,
      schema: z
        .object({
          streamingToken: said(
            z.string(),
            'Add it to a play URL as `streamingToken`.',
            '재생 URL에 `streamingToken` 쿼리로 추가.',
            'eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl',
          ),
        })
        .meta({ id: 'StreamingToken' }),
    },
    errors: [],
    secretAnswer: true,
  }),
} as const;

/** What a member's client does with its tokens by itself. */
export const memberTokensContract = {
  refreshTokens: operation({
    id: 'MembersApiTokensController_refreshTokens',
    tag: 'tokens',
    method: 'post',
    path: '/tokens/refresh',
    openAt: '/v2/members',
    summary: { en: 'Renew all tokens', ko: '모든 토큰 갱신' },
    description: {
      en:
        'Each refresh token is used once and replaced. Used again within 30 seconds it gives the same new refresh token, ' +
        'for a client that lost the answer; any later use ends the login.',
      ko:
        '리프레시 토큰은 한 번만 사용되고 새 토큰으로 교체됩니다. 응답을 받지 못한 클라이언트가 30초 이내에 다시 사용하면 ' +
        '같은 새 토큰을 받으며, 그 이후의 재사용은 로그인을 종료시킵니다.',
    },
    body: refreshBody,
    bodyExample: {
      refreshToken: 'rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0',
    },
    answer: { status: 200, schema: memberTokens },
    errors: ['EMPTY_REFRESH_TOKEN', 'INVALID_REFRESH_TOKEN', 'EXPIRED_REFRESH_TOKEN'],
    secretAnswer: true,
  }),
} as const;

import { z } from 'zod';
import { said } from '../operation';
import { member } from './member';

/** What a login and each renewal give. */
export const memberTokens = z
  .object({
    accessToken: said(
      z.string(),
      'Opens the member API for 24 hours, as a Bearer token.',
      '멤버 API 접근용 Bearer 토큰, 24시간 유효.',
      'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl',
    ),
    refreshToken: said(
      z.string(),
      'Renews all three tokens, once; used within 30 days.',
      '세 토큰을 한 번 갱신하는 토큰, 30일 이내 사용.',
      'rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0',
    ),
    streamingToken: said(
      z.string(),
      'Opens what the member may watch: add it to a play URL as `streamingToken`.',
      '멤버가 시청할 수 있는 영상 접근용 토큰. 재생 URL에 `streamingToken` 쿼리로 추가.',
      'eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl',
    ),
    member,
  })
  .meta({ id: 'MemberTokens' });

import { createHmac, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What an attacker makes of a good token: what was changed, and the result. `memberId: 2` must be somebody else's. */
export async function forgeriesOf(accessToken: string): Promise<[string, string][]> {
  const [head = '', payload = '', signature = ''] = accessToken.split('.');
  const header = decodeProtectedHeader(accessToken);
  const claims = decodeJwt(accessToken);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const sign = (alg: string, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT(claims).setProtectedHeader({ ...header, alg } as { alg: string }).sign(key);
  const madeUp = Buffer.alloc(32, 1);
  return [
    ['nothing', ' '],
    ['no token', 'abc'],
    ['three empty parts', '..'],
    ['algorithm none', `${part({ ...header, alg: 'none' })}.${payload}.`],
    ['algorithm none with the signature', `${part({ ...header, alg: 'none' })}.${payload}.${signature}`],
    ['RS256', await sign('RS256', rsa.privateKey)],
    ['HS512', await sign('HS512', madeUp)],
    ['another secret', await sign('HS256', madeUp)],
    [
      'an empty secret',
      `${head}.${payload}.${createHmac('sha256', '').update(`${head}.${payload}`).digest('base64url')}`,
    ],
    [
      'other claims',
      `${head}.${part({ ...claims, claims: { ...(claims.claims as object), memberId: 2 } })}.${signature}`,
    ],
    ['an unknown key', `${part({ ...header, kid: 'x' })}.${payload}.${signature}`],
    ['a key id that is no text', `${part({ ...header, kid: 7 })}.${payload}.${signature}`],
    ['a cut signature', accessToken.slice(0, -1)],
    ['a long one', 'a'.repeat(3_000)],
    ['NUL', `${head}.${payload}.\0`.replace('\0', '%00')],
  ];
}

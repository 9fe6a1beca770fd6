import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Knex } from 'knex';
import { z } from 'zod';
import { CodedError, type ErrorCode } from '../domain/errors';
import { ACCESS_TOKEN_SECONDS } from '../domain/token-lives';
import type { Vault } from '../store/vault';
import { SigningKeyring } from './signing-keyring';

const ISSUER = 'Showrunner';
/** One, so that no token chooses how it is checked. */
const ALGORITHM = 'HS256';
/** Ours have about 500; a longer text is none of ours and is not decoded. */
const MAX_TOKEN_CHARACTERS = 2_048;

interface Kind {
  /** What it is and what it opens: both are checked, so no kind passes for another. */
  typ: string;
  audience: string;
  invalid: ErrorCode;
  expired: ErrorCode;
}

const ACCESS: Kind = {
  typ: 'at+jwt',
  audience: 'showrunner:member-api',
  invalid: 'INVALID_ACCESS_TOKEN',
  expired: 'EXPIRED_ACCESS_TOKEN',
};
const STREAMING: Kind = {
  typ: 'streaming+jwt',
  audience: 'showrunner:playback',
  invalid: 'INVALID_STREAMING_TOKEN',
  expired: 'EXPIRED_STREAMING_TOKEN',
};

/** When a token is made, and under which name. The same again makes the same token. */
export interface Issue {
  /** Default: now. */
  issuedAtMs?: number;
  /** `jti`. Default: a random one. */
  id?: string;
}

/** What a verified token says. Whether its member is still there, and its tokens not taken back, is the caller's to ask. */
export interface TokenTimes {
  issuedAtMs: number;
  expiresAtMs: number;
}

export interface StreamingClaims extends TokenTimes {
  appId: number;
  /** Null: the app's own. */
  memberId: number | null;
  guest: boolean;
  /** The login it comes from; null where it comes from none. */
  familyId: string | null;
}

export interface AccessClaims extends TokenTimes {
  appId: number;
  memberId: number;
  guest: boolean;
  /** The login it comes from; null where it comes from none. */
  familyId: string | null;
}

const id = z.int().min(1);
const payloadSchema = z.object({
  exp: z.number(),
  /** Milliseconds: taking tokens back is finer than `iat`'s seconds. */
  iatMs: z.number(),
  claims: z.object({
    appId: id,
    memberId: id.nullable(),
    type: z.enum(['MEMBER', 'GUEST', 'APP']),
    familyId: z.uuid().optional(),
  }),
});
type Payload = z.output<typeof payloadSchema>;

export interface TokensOptions {
  knex: Knex;
  vault: Vault;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/**
 * Makes and verifies tokens. Verifying asks Postgres only for a key that is not known yet, and every minute for what was retired.
 */
export class Tokens {
  private readonly keyring: SigningKeyring;
  private readonly now: () => number;

  constructor({ knex, vault, now = Date.now }: TokensOptions) {
    this.now = now;
    this.keyring = new SigningKeyring(knex, vault, now);
  }

  /** Opens the member API for 24 h. */
  mintAccess(
    of: { appId: number; memberId: number; guest: boolean; familyId?: string } & Issue,
  ): Promise<string> {
    const { appId, memberId, guest, familyId } = of;
    const type = guest ? 'GUEST' : 'MEMBER';
    const claims = { appId, memberId, type, ...(familyId === undefined ? {} : { familyId }) } as const;
    return this.mint(ACCESS, claims, ACCESS_TOKEN_SECONDS, of);
  }

  /** Opens an app's streams and posts to one who watches. `memberId` null: the app itself, to which all is open. */
  mintStreaming(
    of: {
      appId: number;
      memberId: number | null;
      guest: boolean;
      seconds: number;
      familyId?: string;
    } & Issue,
  ): Promise<string> {
    const { appId, memberId, guest, seconds, familyId } = of;
    const type = memberId === null ? 'APP' : guest ? 'GUEST' : 'MEMBER';
    const claims = { appId, memberId, type, ...(familyId === undefined ? {} : { familyId }) } as const;
    return this.mint(STREAMING, claims, seconds, of);
  }

  /** Errors: INVALID_ACCESS_TOKEN, EXPIRED_ACCESS_TOKEN, EMPTY_ACCESS_TOKEN for an empty text. */
  async verifyAccess(token: string): Promise<AccessClaims> {
    if (token === '') throw new CodedError('EMPTY_ACCESS_TOKEN');
    const { claims, ...times } = await this.verify(ACCESS, token);
    const { appId, memberId, type, familyId } = claims;
    if (memberId === null) throw new CodedError('INVALID_ACCESS_TOKEN');
    return { appId, memberId, guest: type === 'GUEST', familyId: familyId ?? null, ...times };
  }

  /** Errors: INVALID_STREAMING_TOKEN, EXPIRED_STREAMING_TOKEN. */
  async verifyStreaming(token: string): Promise<StreamingClaims> {
    const { claims, ...times } = await this.verify(STREAMING, token);
    const { appId, memberId, type, familyId } = claims;
    return { appId, memberId, guest: type === 'GUEST', familyId: familyId ?? null, ...times };
  }

  private async mint(kind: Kind, claims: Payload['claims'], seconds: number, issue: Issue): Promise<string> {
    const { kid, key } = await this.keyring.current();
    const issuedAtMs = issue.issuedAtMs ?? this.now();
    const issuedAt = Math.floor(issuedAtMs / 1_000);
    return new SignJWT({ iatMs: issuedAtMs, claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: kind.typ, kid })
      .setIssuer(ISSUER)
      .setAudience(kind.audience)
      .setSubject(claims.memberId === null ? `app:${claims.appId}` : `member:${claims.memberId}`)
      .setJti(issue.id ?? randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(key);
  }

  private async verify(kind: Kind, token: string): Promise<TokenTimes & { claims: Payload['claims'] }> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw new CodedError(kind.invalid);
    const payload = payloadSchema.safeParse(await this.signedPayload(kind, token));
    if (!payload.success) throw new CodedError(kind.invalid);
    const { claims, exp, iatMs } = payload.data;
    return { claims, issuedAtMs: iatMs, expiresAtMs: exp * 1_000 };
  }

  private async signedPayload(kind: Kind, token: string): Promise<unknown> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyOf(kind, header.kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: kind.audience,
        typ: kind.typ,
        requiredClaims: ['exp'],
        currentDate: new Date(this.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new CodedError(kind.expired);
      if (error instanceof errors.JOSEError) throw new CodedError(kind.invalid);
      throw error;
    }
  }

  private async keyOf(kind: Kind, kid: unknown) {
    const known = typeof kid === 'string' ? await this.keyring.find(kid) : undefined;
    if (!known) throw new CodedError(kind.invalid);
    return known.key;
  }
}

import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { REFRESH_REPLAY_MS, REFRESH_TOKEN_SECONDS } from '../domain/token-lives';
import {
  findRefreshFamily,
  insertRefreshFamily,
  isLoginKept,
  lockRefreshFamily,
  updateRefreshFamily,
  type RefreshFamilyRow,
} from '../store/refresh-families';
import type { Vault } from '../store/vault';

/** Family (a UUID without dashes), generation, and a keyed hash of both. */
const FORMAT = /^rt\.([0-9a-f]{32})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/** What a login or a renewal gives. */
export interface RefreshGrant {
  refreshToken: string;
  familyId: string;
  generation: number;
  /** When it was granted; asked again, it is the same. */
  grantedAtMs: number;
}

interface Parsed {
  familyId: string;
  generation: number;
}

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const lifeMs = REFRESH_TOKEN_SECONDS * 1_000;

/**
 * Refresh tokens. Each is used once and replaced by a next one; a family of them is one login. They are not stored: a token is
 * its family, its number and a keyed hash of both, so the same successor can be told again to a phone that lost the answer.
 */
export class RefreshTokens {
  private readonly knex: Knex;
  private readonly vault: Vault;
  private readonly now: () => number;

  constructor({ knex, vault, now = Date.now }: { knex: Knex; vault: Vault; now?: () => number }) {
    this.knex = knex;
    this.vault = vault;
    this.now = now;
  }

  /** A new login of a member at `grantedAtMs`. */
  async begin(member: { appId: number; memberId: number }, grantedAtMs: number): Promise<RefreshGrant> {
    const id = randomUUID();
    const expiresAt = new Date(grantedAtMs + lifeMs);
    await insertRefreshFamily(this.knex, { id, ...member, createdAt: new Date(grantedAtMs), expiresAt });
    return this.grant(id, 0, grantedAtMs);
  }

  /** The login that a token belongs to, also of a spent one. Errors: INVALID_REFRESH_TOKEN. */
  async familyOf(token: string): Promise<RefreshFamilyRow> {
    const family = await findRefreshFamily(this.knex, this.parse(token).familyId);
    if (!family) throw new CodedError('INVALID_REFRESH_TOKEN');
    return family;
  }

  /**
   * Spends a token for the next one. Used again within 30 s (or by the same idempotency key: `repeated`) it gives the same
   * successor, as long as that one is not spent itself. Any later use ends the whole login: somebody has stolen from somebody.
   * Errors: INVALID_REFRESH_TOKEN, EXPIRED_REFRESH_TOKEN.
   */
  async rotate(token: string, { repeated = false } = {}): Promise<RefreshGrant> {
    const { familyId, generation } = this.parse(token);
    const grant = await this.knex.transaction(async (trx) => {
      const family = await lockRefreshFamily(trx, familyId);
      if (!family || family.revoked_at) return null;
      // Never before the grant that it follows: two hosts' clocks differ.
      const nowMs = Math.max(this.now(), family.rotated_at.getTime());
      // After that: a revocation that this does not see yet is later than what is granted here.
      if (!(await isLoginKept(trx, family))) return null;
      if (family.expires_at.getTime() <= nowMs) throw new CodedError('EXPIRED_REFRESH_TOKEN');
      if (generation === family.generation) {
        const next = { generation: generation + 1, rotated_at: new Date(nowMs) };
        await updateRefreshFamily(trx, familyId, { ...next, expires_at: new Date(nowMs + lifeMs) });
        return this.grant(familyId, next.generation, nowMs);
      }
      const rotatedAtMs = family.rotated_at.getTime();
      const isPredecessor = generation === family.generation - 1;
      if (isPredecessor && (repeated || nowMs - rotatedAtMs < REFRESH_REPLAY_MS))
        return this.grant(familyId, family.generation, rotatedAtMs);
      // Written although the caller is refused, so it can't be thrown in here.
      await updateRefreshFamily(trx, familyId, { revoked_at: new Date(nowMs) });
      return null;
    });
    if (!grant) throw new CodedError('INVALID_REFRESH_TOKEN');
    return grant;
  }

  private grant(familyId: string, generation: number, grantedAtMs: number): RefreshGrant {
    const body = `${familyId.replaceAll('-', '')}.${generation}`;
    const seal = this.vault.sealRefreshToken(body).toString('base64url');
    return { refreshToken: `rt.${body}.${seal}`, familyId, generation, grantedAtMs };
  }

  private parse(token: string): Parsed {
    const [, family = '', generation = '', seal = ''] = FORMAT.exec(token) ?? [];
    const expected = this.vault.sealRefreshToken(`${family}.${generation}`);
    const given = Buffer.from(seal, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new CodedError('INVALID_REFRESH_TOKEN');
    return { familyId: dashed(family), generation: Number(generation) };
  }
}

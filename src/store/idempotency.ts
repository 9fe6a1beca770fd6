import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError } from '../domain/errors';
import { inBatches } from './purge';
import type { Vault } from './vault';

/** A dead process's caller asks again and waits this long at most; a process that lives renews its lock in time. */
export const IDEMPOTENCY_LOCK_SECONDS = 10;
/** Twice may fail, or come late, before the lock runs out. */
export const IDEMPOTENCY_RENEWAL_MS = 3_000;
/** How long an answer is kept: a caller that retries does so within a day. */
export const IDEMPOTENCY_RETENTION_HOURS = 24;

export interface StoredAnswer {
  status: number;
  /** JSON, or null for an answer without a body. */
  body: unknown;
}

export interface IdempotencyScope {
  appId: number;
  /** SHA-256 of who asks (app, member), what (method, path) and the caller's key. */
  scopeHash: Buffer;
}

export type Claim =
  | { kind: 'claimed'; holder: string; madeId: number | null }
  | { kind: 'answered'; answer: StoredAnswer; madeId: number | null }
  /** The same request is being carried out right now. */
  | { kind: 'locked' }
  /** The key belongs to another request. */
  | { kind: 'reused' };

interface IdempotencyRow {
  request_hash: Buffer;
  status: number | null;
  body_ciphertext: Buffer | null;
  /** What a try before has made, where the answer does not tell it (`keepMade`). */
  made_id: number | null;
}

/** A claim can fail because of a row that is gone a moment later (its request failed); then one more look decides. */
const CLAIM_ATTEMPTS = 2;

/** The answers of earlier requests, by who asked what with which idempotency key. */
export class IdempotencyStore {
  constructor(
    private readonly knex: Knex,
    private readonly vault: Vault,
  ) {}

  /**
   * Takes the key for one request, in one statement: of any number of equal requests at once exactly one is `claimed`.
   * The claim of a process that died is taken over once its lock has run out.
   */
  async claim(scope: IdempotencyScope, requestHash: Buffer): Promise<Claim> {
    for (let attempt = 1; attempt <= CLAIM_ATTEMPTS; attempt += 1) {
      const taken = await this.take(scope, requestHash);
      if (taken) return { kind: 'claimed', holder: taken.holder, madeId: taken.made_id };
      const row = await this.knex('idempotency_keys')
        .where({ scope_hash: scope.scopeHash })
        .first<IdempotencyRow | undefined>();
      if (row) return this.readClaim(scope, requestHash, row);
    }
    return { kind: 'locked' };
  }

  private async take(scope: IdempotencyScope, requestHash: Buffer) {
    const result = await this.knex.raw<{ rows: { holder: string; made_id: number | null }[] }>(
      `insert into idempotency_keys as i (scope_hash, app_id, request_hash, holder, locked_until)
       values (:scopeHash, :appId, :requestHash, :holder, now() + make_interval(secs => :lockSeconds))
       on conflict (scope_hash) do update
         set request_hash = excluded.request_hash, holder = excluded.holder, locked_until = excluded.locked_until,
             status = null, body_ciphertext = null, created_at = now(),
             made_id = case when i.created_at < now() - make_interval(hours => :retentionHours) then null else i.made_id end
         where (i.status is null and i.locked_until < now() and i.request_hash = excluded.request_hash)
            or i.created_at < now() - make_interval(hours => :retentionHours)
       returning holder, made_id`,
      {
        ...scope,
        requestHash,
        holder: randomUUID(),
        lockSeconds: IDEMPOTENCY_LOCK_SECONDS,
        retentionHours: IDEMPOTENCY_RETENTION_HOURS,
      },
    );
    return result.rows[0] ?? null;
  }

  private readClaim(scope: IdempotencyScope, requestHash: Buffer, row: IdempotencyRow): Claim {
    if (!row.request_hash.equals(requestHash)) return { kind: 'reused' };
    if (row.status === null) return { kind: 'locked' };
    const body: unknown = row.body_ciphertext
      ? JSON.parse(this.vault.decryptAnswer(contextOf(scope), row.body_ciphertext))
      : null;
    return { kind: 'answered', answer: { status: row.status, body }, madeId: row.made_id };
  }

  /** Says that the request is still being carried out. Does nothing when the claim was taken over meanwhile. */
  async renew(scope: IdempotencyScope, holder: string): Promise<void> {
    await this.held(scope, holder).update({
      locked_until: this.knex.raw('now() + make_interval(secs => ?)', [IDEMPOTENCY_LOCK_SECONDS]),
    });
  }

  /** Keeps the answer for repeated requests. Does nothing when the claim was taken over meanwhile. */
  async complete(scope: IdempotencyScope, holder: string, answer: StoredAnswer): Promise<void> {
    await this.held(scope, holder).update({
      status: answer.status,
      body_ciphertext:
        answer.body === null ? null : this.vault.encryptAnswer(contextOf(scope), JSON.stringify(answer.body)),
    });
  }

  /** Gives the key back: nothing was decided, so the same request may be sent again. It remembers what was made. */
  async release(scope: IdempotencyScope, holder: string): Promise<void> {
    const runOut = this.knex.raw("now() - interval '1 second'");
    await this.held(scope, holder).whereNotNull('made_id').update({ locked_until: runOut });
    await this.held(scope, holder).whereNull('made_id').delete();
  }

  /**
   * Remembers with the key what its request makes, in the transaction that makes it: `made` instead of `before`, which the claim
   * told. Errors: REQUEST_LOCKED where another try came before; then nothing may be made.
   */
  async keepMade(
    trx: Knex,
    scope: IdempotencyScope,
    { before, made }: { before: number | null; made: number },
  ): Promise<void> {
    const kept = await trx('idempotency_keys')
      .where({ scope_hash: scope.scopeHash, made_id: before })
      .update({ made_id: made });
    if (kept === 0) throw new CodedError('REQUEST_LOCKED');
  }

  private held(scope: IdempotencyScope, holder: string) {
    return this.knex('idempotency_keys').where({ scope_hash: scope.scopeHash, holder, status: null });
  }

  /** Deletes what is older than the retention; answers how many. */
  purge(): Promise<number> {
    return inBatches((limit) => {
      const old = this.knex('idempotency_keys')
        .whereRaw('created_at < now() - make_interval(hours => ?)', [IDEMPOTENCY_RETENTION_HOURS])
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .select('scope_hash');
      return this.knex('idempotency_keys').whereIn('scope_hash', old).delete();
    });
  }
}

const contextOf = (scope: IdempotencyScope): string => `idempotency:${scope.scopeHash.toString('base64url')}`;

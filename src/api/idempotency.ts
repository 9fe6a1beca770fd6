import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { CodedError, ERRORS } from '../domain/errors';
import type { Logger } from '../logger';
import { IDEMPOTENCY_RENEWAL_MS, type IdempotencyScope, type IdempotencyStore } from '../store/idempotency';
import type { Answer } from './answer';
import { canonicalJson } from './canonical-json';
import { errorAnswer } from './errors';

/** Printable ASCII; keys are mostly UUIDs. */
const IDEMPOTENCY_KEY_FORMAT = /^[\x21-\x7e]{1,255}$/;

/** The header's value, null without one. */
export function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (!IDEMPOTENCY_KEY_FORMAT.test(header)) {
    throw new CodedError(
      'INVALID_REQUEST',
      'Idempotency-Key takes 1 to 255 printable ASCII characters without spaces',
    );
  }
  return header;
}

export interface KeyedRequest {
  appId: number;
  /** Null: the app itself asks. */
  memberId: number | null;
  key: string;
  method: string;
  path: string;
  body: unknown;
  /** The answer is never stored; a repeat is carried out again, knowing that it repeats. */
  secretAnswer: boolean;
}

/** What an operation makes whose answer is not stored. */
export interface Made {
  /** By a try before of the same request; null: nothing. */
  id: number | null;
  /** Remembers it, in the transaction that makes it. Errors: REQUEST_LOCKED where another try came before. */
  keep(trx: Knex, id: number): Promise<void>;
}

/** One try of a request. */
export interface Try {
  /** An operation with a secret answer was carried out before with this idempotency key: answer again, act no more. */
  repeated: boolean;
  made: Made;
}

/** Of a request without a key, which nobody can repeat. */
export const ONLY_TRY: Try = { repeated: false, made: { id: null, keep: () => Promise.resolve() } };

const sha256 = (value: unknown): Buffer => createHash('sha256').update(canonicalJson(value)).digest();

const scopeOf = ({ appId, memberId, key, method, path }: KeyedRequest): IdempotencyScope => ({
  appId,
  scopeHash: sha256([appId, memberId, method, path, key]),
});

/** Nothing was decided: our fault, or another command was in the way. Then the same key may ask again. */
function isUndecided(answer: Answer): boolean {
  const code = (answer.body as { errorCode?: unknown } | null)?.errorCode;
  return (
    answer.status >= 500 || (answer.status === ERRORS.REQUEST_LOCKED.status && code === 'REQUEST_LOCKED')
  );
}

/** What may be kept of an answer: of one with a secret only that it was given. */
const storable = (request: KeyedRequest, answer: Answer): Answer =>
  request.secretAnswer && answer.status < 400 ? { status: answer.status, body: null } : answer;

/**
 * Carries a request out once per app, member, method, path and idempotency key. Repeated, it gets the first answer, also where
 * that was a refusal. Errors: IDEMPOTENCY_KEY_REUSED with another body, REQUEST_LOCKED while the first is still being carried out.
 */
export async function answerOnce(
  store: IdempotencyStore,
  log: Logger,
  request: KeyedRequest,
  work: (as: Try) => Promise<Answer>,
): Promise<Answer> {
  const scope = scopeOf(request);
  const claim = await store.claim(scope, sha256(request.body));
  const madeBefore = (before: number | null): Made => ({
    id: before,
    keep: (trx, made) => store.keepMade(trx, scope, { before, made }),
  });
  if (claim.kind === 'answered') {
    const wasDone = claim.answer.status < 400;
    return request.secretAnswer && wasDone
      ? work({ repeated: true, made: madeBefore(claim.madeId) })
      : claim.answer;
  }
  if (claim.kind === 'reused') throw new CodedError('IDEMPOTENCY_KEY_REUSED');
  if (claim.kind === 'locked') throw new CodedError('REQUEST_LOCKED');
  const { holder } = claim;
  const renewal = setInterval(() => {
    // Postgres is away: the lock runs out, and a repeat is told by what the room and its workflow know.
    store.renew(scope, holder).catch((error: unknown) => {
      log.warn({ err: error }, 'the lock of an idempotency key could not be renewed');
    });
  }, IDEMPOTENCY_RENEWAL_MS);
  const answer = await work({ repeated: false, made: madeBefore(claim.madeId) })
    .catch((error: unknown) => errorAnswer(error, log))
    .finally(() => clearInterval(renewal));
  try {
    if (isUndecided(answer)) await store.release(scope, holder);
    else await store.complete(scope, holder, storable(request, answer));
  } catch (error) {
    // The work is done and its caller is told so; a repeat finds the claim and waits until its lock runs out.
    log.error({ err: error }, 'could not keep the answer of an idempotency key');
  }
  return answer;
}

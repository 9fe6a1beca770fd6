import type { Knex } from 'knex';
import { afterAttempt, type CallbackLine } from '../domain/callbacks';
import type { CallbackStep } from '../activities/types';
import type { Logger } from '../logger';
import {
  deferDelivery,
  nextDelivery,
  parkUntried,
  recordAttempt,
  type NextDelivery,
} from '../store/callback-deliveries';
import { openSettings } from '../store/callback-settings';
import { whileDatabaseAnswers } from '../store/database-errors';
import type { Vault } from '../store/vault';
import type { AddressPolicy } from './address-policy';
import { envelope } from './envelope';
import { callbackHeaders } from './headers';
import { PerAppLimit } from './per-app-limit';
import { postOnce } from './post';

export interface DeliverParts {
  knex: Knex;
  vault: Vault;
  policy: AddressPolicy;
  /** The wait after a first failure, milliseconds. */
  firstRetryMs: number;
  log: Logger;
}

/**
 * Makes what takes one step for a line of callbacks: delivers the next one that is due, writes what came of it, and says what
 * to do then. Safe to repeat: an attempt whose outcome was not written is made again, with the same id.
 * Errors: DATABASE_UNAVAILABLE. Rejects where `signal` ended an attempt.
 */
export function createDeliverNext(parts: DeliverParts) {
  const limit = new PerAppLimit();
  return async (line: CallbackLine, signal?: AbortSignal): Promise<CallbackStep> => {
    const next = await whileDatabaseAnswers(() => nextDelivery(parts.knex, line));
    if (!next) return { kind: 'idle' };
    if (next.dueInMs > 0) return { kind: 'wait', waitMs: Math.ceil(next.dueInMs) };
    return limit.within<CallbackStep | Promise<CallbackStep>>(
      line.appId,
      () => attempt(parts, next, signal),
      async (waitMs) => {
        // Else it counts as overdue, and the reconciler wakes it (and all that wait beside it) each round, for nothing.
        await whileDatabaseAnswers(() => deferDelivery(parts.knex, next.row, waitMs));
        return { kind: 'wait', waitMs };
      },
    );
  };
}

async function attempt(
  parts: DeliverParts,
  next: NextDelivery,
  signal: AbortSignal | undefined,
): Promise<CallbackStep> {
  const { knex, vault, policy, firstRetryMs, log } = parts;
  const { row } = next;
  const settings = openSettings(vault, row.app_id, next.settings);
  const url = settings.url !== null && URL.canParse(settings.url) ? new URL(settings.url) : null;
  if (url === null) {
    await whileDatabaseAnswers(() => parkUntried(knex, row, 'NO_CALLBACK_URL'));
    return { kind: 'settled', to: 'PARKED' };
  }
  const body = envelope({
    uuid: row.uuid,
    number: row.number,
    type: row.type,
    entity: row.entity,
    entityId: row.entity_id,
    state: next.toState,
    at: next.at,
    app: next.app,
  });
  const headers = callbackHeaders(row.uuid, body, settings, new Date());
  const outcome = await postOnce(url, headers, body, {
    policy,
    ...(signal ? { signal } : {}),
  });
  if (outcome.error === 'STOPPED') throw new Error('the worker stops; the attempt is made again');
  const before = {
    attempts: row.attempts_of_round,
    refusals: row.refusals_of_round,
    sinceFirstMs: next.sinceFirstMs,
  };
  const decision = afterAttempt(outcome, before, firstRetryMs);
  await whileDatabaseAnswers(() => recordAttempt(knex, row, outcome, decision));
  if (decision.to === 'PARKED')
    log.warn(
      { appId: row.app_id, deliveryId: row.id, type: row.type, status: outcome.status, error: outcome.error },
      'a callback is parked: its receiver does not take it',
    );
  return decision.to === 'PENDING'
    ? { kind: 'wait', waitMs: decision.waitMs }
    : { kind: 'settled', to: decision.to };
}

import type { Knex } from 'knex';
import {
  CALLBACK_CHANNEL,
  type AttemptOutcome,
  type CallbackEntity,
  type CallbackLine,
  type DeliveryDecision,
  type DeliveryState,
} from '../domain/callbacks';
import type { OutputMode } from '../domain/output-mode';
import type { EntityState } from './apps';
import { CALLBACK_COLUMNS, type CallbackColumns } from './callback-settings';

/** One callback: what was to be told, and what came of it. */
export interface DeliveryRow {
  id: number;
  /** What the receiver knows it by. */
  uuid: string;
  app_id: number;
  event_id: number;
  entity: CallbackEntity;
  entity_id: number;
  /** 1...n of its entity, counting what is sent. */
  number: number;
  type: string;
  state: DeliveryState;
  round: number;
  /** Over all rounds. */
  attempts: number;
  attempts_of_round: number;
  refusals_of_round: number;
  round_began_at: Date | null;
  last_attempt_at: Date | null;
  delivered_at: Date | null;
  due_at: Date;
  /** Sent again beside its line, not in it. */
  apart: boolean;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
}

/** The app as callbacks show it. */
export interface AppPart {
  id: number;
  state: EntityState;
  name: string;
  defaultRtmpOutputMode: OutputMode;
}

/** The next callback of a line, with all that it is made of. */
export interface NextDelivery {
  row: DeliveryRow;
  /** Milliseconds until it may be tried; 0 or less: now. By the database's clock, as all times here. */
  dueInMs: number;
  sinceFirstMs: number;
  toState: string;
  at: Date;
  app: AppPart;
  settings: CallbackColumns;
}

type JoinedRow = DeliveryRow &
  CallbackColumns & {
    to_state: string;
    event_at: Date;
    due_in_ms: number;
    since_first_ms: number;
    app_name: string;
    app_state: EntityState;
    app_mode: OutputMode;
  };

const inLine = ({ appId, entity, entityId, deliveryId }: CallbackLine) => ({
  'd.app_id': appId,
  'd.entity': entity,
  'd.entity_id': entityId,
  'd.apart': deliveryId !== undefined,
  ...(deliveryId === undefined ? {} : { 'd.id': deliveryId }),
});

type LineColumns = Pick<DeliveryRow, 'id' | 'app_id' | 'entity' | 'entity_id' | 'apart'>;
const LINE_COLUMNS = ['id', 'app_id', 'entity', 'entity_id', 'apart'];

const lineOf = (row: LineColumns): CallbackLine => ({
  appId: row.app_id,
  entity: row.entity,
  entityId: row.entity_id,
  ...(row.apart ? { deliveryId: row.id } : {}),
});

/** The first callback of a line that is not settled; later ones wait for it. */
export async function nextDelivery(knex: Knex, line: CallbackLine): Promise<NextDelivery | undefined> {
  const found = await knex('callback_deliveries as d')
    .join('events as e', 'e.id', 'd.event_id')
    .join('apps as a', 'a.id', 'd.app_id')
    .where({ ...inLine(line), 'd.state': 'PENDING' })
    .orderBy('d.number')
    .first<JoinedRow | undefined>(
      'd.*',
      'e.to_state',
      'e.at as event_at',
      'a.name as app_name',
      'a.entity_state as app_state',
      'a.default_rtmp_output_mode as app_mode',
      ...CALLBACK_COLUMNS.map((column) => `a.${column}`),
      knex.raw('extract(epoch from d.due_at - clock_timestamp())::float8 * 1000 as due_in_ms'),
      knex.raw(
        'coalesce(extract(epoch from clock_timestamp() - d.round_began_at)::float8 * 1000, 0) as since_first_ms',
      ),
    );
  if (!found) return undefined;
  return {
    row: found,
    dueInMs: found.due_in_ms,
    sinceFirstMs: found.since_first_ms,
    toState: found.to_state,
    at: found.event_at,
    app: {
      id: found.app_id,
      state: found.app_state,
      name: found.app_name,
      defaultRtmpOutputMode: found.app_mode,
    },
    settings: found,
  };
}

/** Writes what an attempt came to. Nothing changes where the callback was settled or asked for again meanwhile. */
export async function recordAttempt(
  knex: Knex,
  { id, round }: DeliveryRow,
  outcome: AttemptOutcome,
  decision: DeliveryDecision,
): Promise<void> {
  const now = knex.raw('clock_timestamp()');
  const refused = decision.to === 'PENDING' && decision.refused;
  await knex('callback_deliveries')
    .where({ id, round, state: 'PENDING' })
    .update({
      state: decision.to,
      attempts: knex.raw('attempts + 1'),
      attempts_of_round: knex.raw('attempts_of_round + 1'),
      ...(refused ? { refusals_of_round: knex.raw('refusals_of_round + 1') } : {}),
      round_began_at: knex.raw('coalesce(round_began_at, clock_timestamp())'),
      last_attempt_at: now,
      last_status: outcome.status,
      last_error: outcome.error,
      ...(decision.to === 'DELIVERED' ? { delivered_at: now } : {}),
      ...(decision.to === 'PENDING'
        ? { due_at: knex.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [decision.waitMs]) }
        : {}),
    });
}

/** Has a callback that can not be tried now wait so long, milliseconds. Nothing changes where it was settled or asked for again. */
export async function deferDelivery(knex: Knex, { id, round }: DeliveryRow, waitMs: number): Promise<void> {
  await knex('callback_deliveries')
    .where({ id, round, state: 'PENDING' })
    .update({ due_at: knex.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [Math.ceil(waitMs)]) });
}

/** Settles a callback that can not be tried at all. */
export async function parkUntried(knex: Knex, { id, round }: DeliveryRow, why: string): Promise<void> {
  await knex('callback_deliveries')
    .where({ id, round, state: 'PENDING' })
    .update({ state: 'PARKED', last_error: why, last_status: null });
}

const AGAIN = (knex: Knex) => ({
  state: 'PENDING',
  round: knex.raw('round + 1'),
  attempts_of_round: 0,
  refusals_of_round: 0,
  round_began_at: null,
  due_at: knex.raw('clock_timestamp()'),
});

const tell = (trx: Knex, line: CallbackLine) =>
  trx.raw('select pg_notify(?, ?)', [CALLBACK_CHANNEL, JSON.stringify(line)]);

const detailed = (knex: Knex, appId: number) =>
  knex('callback_deliveries as d').join('events as e', 'e.id', 'd.event_id').where('d.app_id', appId);

export function findDelivery(knex: Knex, appId: number, id: number): Promise<DeliveryRow | undefined> {
  return detailed(knex, appId).where('d.id', id).first<DeliveryRow | undefined>('d.*');
}

/**
 * Has a callback sent again, at once: beside its line where it was settled, else in it. False where the app has none with that id.
 */
export function resendDelivery(knex: Knex, appId: number, id: number): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const [row] = await trx('callback_deliveries')
      .where({ app_id: appId, id })
      .update({ ...AGAIN(trx), apart: trx.raw("apart or state <> 'PENDING'") })
      .returning<LineColumns[]>(LINE_COLUMNS);
    if (row) await tell(trx, lineOf(row));
    return row !== undefined;
  });
}

/** Has all callbacks of a line after a number sent again, in their order. Answers how many. */
export function replayDeliveries(knex: Knex, line: CallbackLine, after: number): Promise<number> {
  return knex.transaction(async (trx) => {
    const count = await trx('callback_deliveries')
      .where({ app_id: line.appId, entity: line.entity, entity_id: line.entityId })
      .where('number', '>', after)
      .update({ ...AGAIN(trx), apart: false });
    if (count > 0) await tell(trx, line);
    return count;
  });
}

export interface DeliveryFilter {
  entity?: CallbackEntity;
  entityId?: number;
  deliveryState?: DeliveryState;
  type?: string;
}

function filtered(knex: Knex, appId: number, filter: DeliveryFilter) {
  const found = detailed(knex, appId);
  if (filter.entity !== undefined) found.andWhere('d.entity', filter.entity);
  if (filter.entityId !== undefined) found.andWhere('d.entity_id', filter.entityId);
  if (filter.deliveryState !== undefined) found.andWhere('d.state', filter.deliveryState);
  if (filter.type !== undefined) found.andWhere('d.type', filter.type);
  return found;
}

/** One page of an app's delivery log and how many match in all, from one snapshot. */
export function listDeliveries(
  knex: Knex,
  appId: number,
  filter: DeliveryFilter,
  page: { page: number; pageSize: number; newestFirst: boolean },
): Promise<{ deliveries: DeliveryRow[]; total: number }> {
  return knex.transaction(
    async (trx) => {
      const counted = await filtered(trx, appId, filter).count('* as total').first<{ total: number }>();
      const deliveries = await filtered(trx, appId, filter)
        .orderBy('d.id', page.newestFirst ? 'desc' : 'asc')
        .limit(page.pageSize)
        .offset(page.page * page.pageSize)
        .select<DeliveryRow[]>('d.*');
      return { deliveries, total: counted.total };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** Lines whose next callback could be tried at least `overdueMs` ago: their workflow is missing, or was not told. */
export const overdueLines = (knex: Knex, overdueMs: number, limit: number): Promise<CallbackLine[]> =>
  linesDue(knex, { overdueMs, limit });

/** Of these lines, those whose next callback may be tried now. May name others of the same rooms, keys and posts, which may too. */
export const dueLines = (knex: Knex, among: readonly CallbackLine[]): Promise<CallbackLine[]> =>
  linesDue(knex, { overdueMs: 0, among });

/** What is sent apart is a line of its own. */
const LINE = 'entity, entity_id, case when apart then id end';

/** By the first callback of each line, the most overdue line first. */
async function linesDue(
  knex: Knex,
  { overdueMs, among, limit }: { overdueMs: number; among?: readonly CallbackLine[]; limit?: number },
): Promise<CallbackLine[]> {
  const isAmong = among
    ? 'and (entity, entity_id) in (select * from unnest(cast(:names as text[]), cast(:ids as bigint[])))'
    : '';
  const { rows } = await knex.raw<{ rows: LineColumns[] }>(
    `select ${LINE_COLUMNS.join(', ')} from (
       select distinct on (${LINE}) ${LINE_COLUMNS.join(', ')}, due_at from callback_deliveries
       where state = 'PENDING' ${isAmong}
       order by ${LINE}, number
     ) heads
     where due_at <= clock_timestamp() - :overdueMs * interval '1 millisecond'
     order by due_at limit :limit`,
    {
      overdueMs,
      limit: limit ?? null,
      ...(among ? { names: among.map((line) => line.entity), ids: among.map((line) => line.entityId) } : {}),
    } as Record<string, Knex.Value>,
  );
  return rows.map(lineOf);
}

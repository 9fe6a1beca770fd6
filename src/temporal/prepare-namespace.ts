import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import * as attributes from '../workflows/search-attributes';

/** Closed workflows stay visible this long; Postgres keeps the record for ever. */
const RETENTION_DAYS = 7;
const SECONDS_PER_DAY = 86_400;
/** What operators list and search workflows by. Never encrypted, so never a secret. */
export const KEYWORD_SEARCH_ATTRIBUTES: readonly string[] = Object.values(attributes).map(({ name }) => name);

/** The server has been told to be up; what takes longer than this is not the one that we look for. */
const CALL_TIMEOUT_MS = 10_000;
/** A namespace that was just made reaches all parts of the server through a cache that is read every so often. */
const VISIBLE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;
const isGrpc = (error: unknown, ...codes: number[]) =>
  codes.includes((error as { code?: number } | null)?.code ?? -1);

const { KEYWORD } = { KEYWORD: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD };
const retention = { seconds: RETENTION_DAYS * SECONDS_PER_DAY } as unknown as Record<string, never>;

/** Repeats `act` while the server says that it does not know the namespace yet. */
async function onceKnown<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isGrpc(error, GRPC_NOT_FOUND) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

async function ensureNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  try {
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  } catch (error) {
    if (!isGrpc(error, GRPC_ALREADY_EXISTS)) throw error;
  }
  const { config } = await onceKnown(() => workflowService.describeNamespace({ namespace }));
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === RETENTION_DAYS * SECONDS_PER_DAY)
    return;
  // The dev server makes the namespace itself, with one day.
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: retention } });
}

async function ensureSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const missing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return KEYWORD_SEARCH_ATTRIBUTES.filter((name) => !customAttributes?.[name]);
  };
  const wanted = await onceKnown(missing);
  if (wanted.length === 0) return;
  const searchAttributes = Object.fromEntries(wanted.map((name) => [name, KEYWORD]));
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another start was faster.
    if (!isGrpc(error, GRPC_ALREADY_EXISTS)) throw error;
  }
}

/**
 * Brings a Temporal namespace to what our workflows need: 7 days of retention and the search attributes. Safe to repeat
 * and to run from several starts at once. `address` is host:port. Throws what the server answered.
 */
export async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS + VISIBLE_WITHIN_MS, async () => {
      await ensureNamespace(connection, namespace);
      await ensureSearchAttributes(connection, namespace);
    });
  } finally {
    await connection.close();
  }
}

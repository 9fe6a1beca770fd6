import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { Client as Postgres } from 'pg';

/** Everything that a run left behind for others to read, as named texts. */
export type Traces = Map<string, string>;

/** All files below a folder. */
export function filesBelow(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

export function logTraces(dataDir: string): Traces {
  return new Map(filesBelow(join(dataDir, 'logs')).map((path) => [path, readFileSync(path, 'utf8')]));
}

export interface WorkflowHistory {
  workflowId: string;
  history: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
}

/** All workflows of a namespace, closed ones too. */
export async function fetchHistories(address: string, namespace: string): Promise<WorkflowHistory[]> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const histories: WorkflowHistory[] = [];
  try {
    for await (const { workflowId, runId } of client.workflow.list()) {
      histories.push({
        workflowId,
        history: await client.workflow.getHandle(workflowId, runId).fetchHistory(),
      });
    }
  } finally {
    await connection.close();
  }
  return histories;
}

/** Each workflow's whole history, with the payloads as the UI shows them: decoded. */
export async function historyTraces(address: string, namespace: string): Promise<Traces> {
  const histories = await fetchHistories(address, namespace);
  return new Map(histories.map(({ workflowId, history }) => [`history of ${workflowId}`, textOf(history)]));
}

/** All strings and bytes in it. Bytes as text: a secret in a payload must not hide behind base64. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('\n');
}

/** Every row of every table of ours, events among them. */
export async function tableTraces(databaseUrl: string): Promise<Traces> {
  const postgres = new Postgres({ connectionString: databaseUrl });
  await postgres.connect();
  const traces: Traces = new Map();
  try {
    const tables = await postgres.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    for (const { name } of tables.rows) {
      const rows = await postgres.query<{ row: string }>(`select it::text as row from "${name}" it`);
      traces.set(`table ${name}`, rows.rows.map(({ row }) => row).join('\n'));
    }
  } finally {
    await postgres.end();
  }
  return traces;
}

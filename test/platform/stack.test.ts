import { Client as PgClient } from 'pg';
import { Connection } from '@temporalio/client';
import { KEYWORD_SEARCH_ATTRIBUTES, prepareNamespace } from '../../src/temporal/prepare-namespace';
import { startStack, type Stack } from '../support/stack';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new PgClient({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('the test stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  it('gives a migrated database, and fresh ones that share nothing', async () => {
    const tables = 'select table_name from information_schema.tables where table_schema = current_schema()';
    expect(await query(stack.databaseUrl, tables)).toContainEqual({ table_name: 'video_rooms' });
    const other = await stack.createDatabase();
    await query(other, 'create table only_here (id int)');
    expect(await query(stack.databaseUrl, tables)).not.toContainEqual({ table_name: 'only_here' });
  });

  it('gives a namespace with seven days of retention and our search attributes', async () => {
    await prepareNamespace(stack.temporalAddress, stack.namespace);
    const connection = await Connection.connect({ address: stack.temporalAddress });
    try {
      const { namespace } = stack;
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(7 * 86_400);
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      expect(Object.keys(customAttributes ?? {})).toEqual(
        expect.arrayContaining([...KEYWORD_SEARCH_ATTRIBUTES]),
      );
    } finally {
      await connection.close();
    }
  });
});

describe('a private stack', () => {
  it('can lose Temporal and Postgres and have them back with their data', async () => {
    const stack = await startStack({ private: true });
    try {
      await query(stack.databaseUrl, 'create table kept (id int)');
      await stack.act('postgres', 'kill');
      await expect(query(stack.databaseUrl, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
      await stack.act('postgres', 'start');
      expect(await query(stack.databaseUrl, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
      await stack.act('temporal', 'kill');
      await stack.act('temporal', 'start');
      await prepareNamespace(stack.temporalAddress, stack.namespace);
    } finally {
      await stack.stop();
    }
  });
});

import { MEMBER_API, SERVER_API } from '../../src/api/contract';
import type { Operation } from '../../src/api/contract/operation';
import { isErrorCode } from '../../src/domain/errors';

interface Route {
  method: string;
  pattern: RegExp;
  /** Literal segments win over parameters. */
  parameters: number;
  operation: Operation;
}

const escape = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

const routes: Route[] = [SERVER_API, MEMBER_API].flatMap(({ prefix, contracts }) =>
  contracts.flatMap((contract) =>
    Object.values(contract).flatMap((operation) =>
      [operation.path, ...(operation.alsoAt ?? [])].map((path) => ({
        method: operation.method.toUpperCase(),
        pattern: new RegExp(
          `^${escape((operation.openAt ?? prefix) + path).replace(/\{\w+\}/g, '[^/]+')}/?$`,
        ),
        parameters: path.split('{').length,
        operation,
      })),
    ),
  ),
);

export function operationAt(method: string, path: string): Operation | undefined {
  const pathname = path.split('?')[0] ?? '';
  return routes
    .filter((route) => route.method === method && route.pattern.test(pathname))
    .sort((a, b) => a.parameters - b.parameters)[0]?.operation;
}

/** Every answer of a test is what the contract publishes: status, all fields, and none besides. */
export function expectAsPublished(
  method: string,
  path: string,
  reply: { status: number; body: unknown },
): void {
  const operation = operationAt(method, path);
  if (!operation) return;
  if (reply.status >= 400) {
    expect(isErrorCode((reply.body as { errorCode?: unknown } | null)?.errorCode)).toBe(true);
    return;
  }
  const { status, schema } = operation.answer;
  expect({ of: operation.id, status: reply.status }).toEqual({ of: operation.id, status });
  if (schema) expect(schema.parse(reply.body)).toEqual(reply.body);
  else expect(reply.body).toBeNull();
}

import { MEMBER_API, SERVER_API } from '../../src/api/contract';
import { errorsOf } from '../../src/api/contract/common-errors';
import type { Operation } from '../../src/api/contract/operation';
import { isErrorCode, type ErrorCode } from '../../src/domain/errors';

interface Route {
  method: string;
  pattern: RegExp;
  /** Literal segments win over parameters. */
  parameters: number;
  operation: Operation;
  errors: readonly ErrorCode[];
}

const escape = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

/** Told before it is known what is asked: of any path, and of a body where none is read. */
const OF_ANY_REQUEST: readonly unknown[] = [
  'RESOURCE_NOT_FOUND',
  'INVALID_HTTP_MESSAGE_BODY',
  'PAYLOAD_TOO_LARGE',
];

const routes: Route[] = [SERVER_API, MEMBER_API].flatMap((api) =>
  api.contracts.flatMap((contract) =>
    Object.values(contract).flatMap((operation) =>
      [operation.path, ...(operation.alsoAt ?? [])].map((path) => ({
        method: operation.method.toUpperCase(),
        pattern: new RegExp(
          `^${escape((operation.openAt ?? api.prefix) + path).replace(/\{\w+\}/g, '[^/]+')}/?$`,
        ),
        parameters: path.split('{').length,
        operation,
        errors: errorsOf(api, operation),
      })),
    ),
  ),
);

export const operationAt = (method: string, path: string): Operation | undefined =>
  routeAt(method, path)?.operation;

function routeAt(method: string, path: string): Route | undefined {
  const pathname = path.split('?')[0] ?? '';
  return routes
    .filter((route) => route.method === method && route.pattern.test(pathname))
    .sort((a, b) => a.parameters - b.parameters)[0];
}

/** Every answer of a test is what the contract publishes: status, all fields, and none besides. */
export function expectAsPublished(
  method: string,
  path: string,
  reply: { status: number; body: unknown },
): void {
  const route = routeAt(method, path);
  if (!route) return;
  const { operation, errors } = route;
  if (reply.status >= 400) {
    const code = (reply.body as { errorCode?: unknown } | null)?.errorCode;
    expect({ of: operation.id, code, isCode: isErrorCode(code) }).toMatchObject({ isCode: true });
    if (OF_ANY_REQUEST.includes(code)) return;
    expect({ of: operation.id, errors }).toEqual({
      of: operation.id,
      errors: expect.arrayContaining([code]),
    });
    return;
  }
  const { status, schema } = operation.answer;
  expect({ of: operation.id, status: reply.status }).toEqual({ of: operation.id, status });
  if (schema) expect(schema.parse(reply.body)).toEqual(reply.body);
  else expect(reply.body).toBeNull();
}

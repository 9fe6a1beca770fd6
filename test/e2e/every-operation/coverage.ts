import { MEMBER_API, SERVER_API, type PublishedApi } from '../../../src/api/contract';
import { errorsOf } from '../../../src/api/contract/common-errors';
import type { Operation } from '../../../src/api/contract/operation';
import type { ErrorCode } from '../../../src/domain/errors';

export interface Published {
  api: PublishedApi;
  operation: Operation;
  /** All spellings, the first one as documented. */
  paths: readonly string[];
  errors: readonly ErrorCode[];
}

/** Every operation of both APIs, as the contract publishes it. */
export const PUBLISHED: readonly Published[] = [SERVER_API, MEMBER_API].flatMap((api) =>
  api.contracts.flatMap((contract) =>
    Object.values(contract).map((operation) => ({
      api,
      operation,
      paths: [operation.path, ...(operation.alsoAt ?? [])],
      errors: errorsOf(api, operation),
    })),
  ),
);

const BY_ID = new Map(PUBLISHED.map((it) => [it.operation.id, it]));

export function publishedOf({ id }: Operation): Published {
  const found = BY_ID.get(id);
  if (!found) throw new Error(`${id} is not published`);
  return found;
}

/** It has no success yet. */
export const isNotBuilt = ({ errors }: Operation): boolean => errors.includes('NOT_BUILT_YET');

const success = ({ id }: Operation, path: string): string => `${id} succeeds at ${path}`;
const refusal = ({ id }: Operation, code: ErrorCode): string => `${id} says ${code}`;

/** What was really seen of the contract: a success at each spelling, and each published error. */
export class Coverage {
  private readonly seen = new Set<string>();

  succeeded(operation: Operation, spelling: number): void {
    this.seen.add(success(operation, publishedOf(operation).paths[spelling] ?? ''));
  }

  refused(operation: Operation, code: ErrorCode): void {
    this.seen.add(refusal(operation, code));
  }

  /** What the contract publishes and no case has shown. */
  missing(): string[] {
    const published = PUBLISHED.flatMap(({ operation, paths, errors }) => [
      ...(isNotBuilt(operation) ? [] : paths.map((path) => success(operation, path))),
      ...errors.map((code) => refusal(operation, code)),
    ]);
    return published.filter((it) => !this.seen.has(it)).sort();
  }
}

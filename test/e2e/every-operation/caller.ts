import { randomUUID } from 'node:crypto';
import type { Operation } from '../../../src/api/contract/operation';
import { ERRORS, isErrorCode, type ErrorCode } from '../../../src/domain/errors';
import { publishedOf, type Coverage } from './coverage';

const MOST_TRIES = 3;
/** Nothing was decided; a repeat with the same key may join the command that was too late. */
const UNDECIDED: readonly unknown[] = ['CONTROL_PLANE_UNAVAILABLE', 'COMMAND_DEADLINE_PASSED'];

export interface Input {
  /** Values of the path's parameters. */
  path?: Record<string, string | number>;
  query?: Record<string, string>;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string;
  headers?: Record<string, string>;
  /** Which spelling of the path; 0, the documented one, by default. */
  spelling?: number;
}

export interface Reply {
  status: number;
  /** Parsed JSON; null where there was none, and of an event stream. */
  body: any;
}

/** Where to ask, and who keeps the account of what was seen. */
export interface Desk {
  base: string;
  coverage: Coverage;
}

function addressOf(base: string, operation: Operation, { path, query, spelling = 0 }: Input): URL {
  const { api, paths } = publishedOf(operation);
  const filled = (paths[spelling] ?? '').replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = path?.[name];
    if (value === undefined) throw new Error(`${operation.id} needs ${name}`);
    return encodeURIComponent(String(value));
  });
  const url = new URL((operation.openAt ?? api.prefix) + filled, base);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

async function read(answer: Response): Promise<Reply> {
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    await answer.body?.cancel();
    return { status: answer.status, body: null };
  }
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

/** Somebody who calls operations: an app's backend, a member, or whoever sends no Authorization. */
export class Caller {
  constructor(
    private readonly desk: Desk,
    private readonly authorization: string | null,
  ) {}

  /** Asks, and holds the answer against the contract, whatever it is. */
  async send(operation: Operation, input: Input = {}): Promise<Reply> {
    const payload = input.raw ?? (input.body === undefined ? undefined : JSON.stringify(input.body));
    const answer = await fetch(addressOf(this.desk.base, operation, input), {
      method: operation.method.toUpperCase(),
      headers: {
        ...(this.authorization === null ? {} : { authorization: this.authorization }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...input.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const reply = await read(answer);
    if (reply.status >= 400) this.checkError(operation, reply);
    else this.checkSuccess(operation, reply, input.spelling ?? 0);
    return reply;
  }

  /** The body of a success; anything else fails. */
  async ok(operation: Operation, input: Input = {}): Promise<any> {
    const { status, body } = await this.insist(operation, input);
    if (status >= 400) throw new Error(`${operation.id} answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** It must be refused with this code. */
  async says(code: ErrorCode, operation: Operation, input: Input = {}): Promise<void> {
    const ask = UNDECIDED.includes(code) ? this.send : this.insist;
    const { status, body } = await ask.call(this, operation, input);
    expect({ of: operation.id, status, says: body?.errorCode }).toEqual({
      of: operation.id,
      status: ERRORS[code].status,
      says: code,
    });
  }

  /** As a backend does on a busy machine: a command that was not answered in time is repeated with the same Idempotency-Key. */
  private async insist(operation: Operation, input: Input): Promise<Reply> {
    const commands = publishedOf(operation).errors.includes('CONTROL_PLANE_UNAVAILABLE');
    const key: Record<string, string> =
      commands && operation.method === 'post' ? { 'Idempotency-Key': randomUUID() } : {};
    const keyed = { ...input, headers: { ...key, ...input.headers } };
    for (let tries = 1; ; tries += 1) {
      const reply = await this.send(operation, keyed);
      if (!UNDECIDED.includes(reply.body?.errorCode) || tries === MOST_TRIES) return reply;
    }
  }

  private checkSuccess(operation: Operation, { status, body }: Reply, spelling: number): void {
    const { answer, id } = operation;
    expect({ of: id, status }).toEqual({ of: id, status: answer.status });
    if (answer.schema && !operation.stream) expect(answer.schema.parse(body)).toEqual(body);
    else expect(body).toBeNull();
    this.desk.coverage.succeeded(operation, spelling);
  }

  private checkError(operation: Operation, { status, body }: Reply): void {
    const { id } = operation;
    expect({ of: id, members: Object.keys(body as object).sort() }).toEqual({
      of: id,
      members: ['errorCode', 'errorMessage'],
    });
    const code = (body as { errorCode: unknown }).errorCode;
    if (!isErrorCode(code)) throw new Error(`${id} says ${String(code)}, which is no code of ours`);
    expect({ of: id, code, status }).toEqual({ of: id, code, status: ERRORS[code].status });
    // An error that nobody was told of is as wrong as one that never comes.
    expect({ of: id, published: publishedOf(operation).errors }).toEqual({
      of: id,
      published: expect.arrayContaining([code]),
    });
    this.desk.coverage.refused(operation, code);
  }
}

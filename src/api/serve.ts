import { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { CodedError, type ErrorCode } from '../domain/errors';
import type { AppRow } from '../store/apps';
import type { IdempotencyStore } from '../store/idempotency';
import type { MemberRow } from '../store/members';
import { send, type Answer } from './answer';
import { callerOf, type Caller } from './caller';
import type { Contract, Operation } from './contract/operation';
import { unsupportedMethod } from './errors';
import { answerOnce, ONLY_TRY, readIdempotencyKey, type Try } from './idempotency';
import { setRoute } from './metrics';
import { logOf } from './request-log';
import { parseRequest } from './schemas/parse';

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type Body<O extends Operation> = O extends { stream: true }
  ? void
  : O['answer'] extends { schema: infer S extends z.ZodType }
    ? z.input<S>
    : void;

/** One authenticated and checked request, as handlers see it. */
export interface Call<O extends Operation = Operation> extends Try {
  app: AppRow;
  /** Who asks on the member API; null where the app itself asks. */
  member: MemberRow | null;
  query: Output<O['query']>;
  body: Output<O['body']>;
  idempotencyKey: string | null;
  /** Client's address. */
  address: string;
  /** A path parameter as text. */
  param(name: string): string;
  /** A path parameter as an id; what can't be one is told as `notFound`, since nothing has it. */
  id(name: string, notFound: ErrorCode): number;
}

/** Only the handler of a stream touches the response. */
export type Handler<O extends Operation> = (call: Call<O>, res: Response) => Promise<Body<O>>;
export type Handlers<C extends Contract> = { [Name in keyof C]: Handler<C[Name]> };

/** An operation and what carries it out. */
export interface Binding {
  operation: Operation;
  handle(call: Call, res: Response): Promise<unknown>;
}

/** Gives each operation of a contract its handler; one without is a compile error. */
export function bind<C extends Contract>(contract: C, handlers: Handlers<C>): Binding[] {
  return Object.entries(contract).map(([name, operation]) => ({
    operation,
    handle: handlers[name] as unknown as Binding['handle'],
  }));
}

/** Ids are below 2^53; 15 digits always are. */
const ID_FORMAT = /^[1-9][0-9]{0,14}$/;

/** Arrays are for the few operations that take one. */
function refuseArray(operation: Operation, body: unknown): void {
  if (Array.isArray(body) && !(operation.body instanceof z.ZodArray))
    throw new CodedError('INVALID_HTTP_MESSAGE_BODY');
}

function callOf(operation: Operation, req: Request, res: Response): Call {
  const { app, member }: Caller = callerOf(res);
  refuseArray(operation, req.body);
  const param = (name: string): string => {
    const value = req.params[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    app,
    member,
    query: operation.query ? parseRequest(operation.query, req.query) : undefined,
    body: operation.body ? parseRequest(operation.body, req.body) : undefined,
    idempotencyKey: operation.method === 'post' ? readIdempotencyKey(req.get('Idempotency-Key')) : null,
    ...ONLY_TRY,
    address: req.ip ?? '',
    param,
    id(name, notFound) {
      const text = param(name);
      if (!ID_FORMAT.test(text)) throw new CodedError(notFound);
      return Number(text);
    },
  } as Call;
}

export interface ServeDeps {
  idempotency: IdempotencyStore;
}

function handlerOf({ idempotency }: ServeDeps, { operation, handle }: Binding): RequestHandler {
  return async (req, res) => {
    setRoute(res, req.baseUrl + operation.path);
    const call = callOf(operation, req, res);
    if (operation.stream) return void (await handle(call, res));
    const answer = async (asked: Call): Promise<Answer> => ({
      status: operation.answer.status,
      body: (await handle(asked, res)) ?? null,
    });
    const key = call.idempotencyKey;
    if (key === null) return send(res, await answer(call));
    const request = {
      appId: call.app.id,
      memberId: call.member?.id ?? null,
      key,
      method: req.method,
      path: req.baseUrl + req.path,
      body: req.body as unknown,
      secretAnswer: operation.secretAnswer === true,
    };
    send(res, await answerOnce(idempotency, logOf(res), request, (as) => answer({ ...call, ...as })));
  };
}

/** `{name}` as Express writes it. */
const expressPath = (path: string): string => (path === '' ? '/' : path.replace(/\{(\w+)\}/g, ':$1'));

/** Literal segments first: `/members/login` is no member called "login". */
const byLiteralsFirst = (a: string, b: string): number => {
  const mask = (path: string) => path.replace(/\{\w+\}/g, '\uffff');
  return mask(a) < mask(b) ? -1 : 1;
};

/** A router of all bindings. A known path with another method is UNSUPPORTED_HTTP_METHOD; other paths fall through. */
export function serve(deps: ServeDeps, bindings: readonly Binding[]): Router {
  const routes = bindings
    .flatMap((binding) =>
      [binding.operation.path, ...(binding.operation.alsoAt ?? [])].map((path) => ({ path, binding })),
    )
    .sort((a, b) => byLiteralsFirst(a.path, b.path));
  const router = Router({ caseSensitive: true });
  for (const { path, binding } of routes)
    router[binding.operation.method](expressPath(path), handlerOf(deps, binding));
  for (const path of new Set(routes.map((route) => route.path)))
    router.all(expressPath(path), unsupportedMethod);
  return router;
}

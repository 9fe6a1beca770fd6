import type { Request, RequestHandler, Response } from 'express';
import { CodedError, type ErrorCode } from '../domain/errors';
import type { Logger } from '../logger';
import type { AppRow } from '../store/apps';
import type { IdempotencyStore } from '../store/idempotency';
import { send, type Answer } from './answer';
import { appOf } from './auth';
import { answerOnce, readIdempotencyKey } from './idempotency';

/** One authenticated request, as endpoints see it. */
export interface Call {
  app: AppRow;
  query: Record<string, unknown>;
  body: unknown;
  idempotencyKey: string | null;
  /** A path parameter as text. */
  param(name: string): string;
  /** A path parameter as an id; what can't be one is told as `notFound`, since nothing has it. */
  id(name: string, notFound: ErrorCode): number;
}

export type Endpoint = (call: Call) => Promise<Answer>;

/** Ids are below 2^53; 15 digits always are. */
const ID_FORMAT = /^[1-9][0-9]{0,14}$/;

function callOf(req: Request, res: Response): Call {
  const param = (name: string): string => {
    const value = req.params[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    app: appOf(res),
    query: req.query,
    body: req.body as unknown,
    idempotencyKey: readIdempotencyKey(req.get('Idempotency-Key')),
    param,
    id(name, notFound) {
      const text = param(name);
      if (!ID_FORMAT.test(text)) throw new CodedError(notFound);
      return Number(text);
    },
  };
}

/** An endpoint that only reads. */
export function reading(endpoint: Endpoint): RequestHandler {
  return async (req, res) => send(res, await endpoint(callOf(req, res)));
}

/** Makes endpoints that change something: with an `Idempotency-Key` each acts once. */
export function changing(store: IdempotencyStore, log: Logger): (endpoint: Endpoint) => RequestHandler {
  return (endpoint) => async (req, res) => {
    const call = callOf(req, res);
    const key = call.idempotencyKey;
    const request = { appId: call.app.id, method: req.method, path: req.baseUrl + req.path, body: call.body };
    const answer = key
      ? await answerOnce(store, log, { ...request, key }, () => endpoint(call))
      : await endpoint(call);
    send(res, answer);
  };
}

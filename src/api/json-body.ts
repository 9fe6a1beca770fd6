import express, { type RequestHandler } from 'express';
import { CodedError } from '../domain/errors';

/** Rooms with all their texts are a few kilobytes; lists of a thousand ids or upload parts stay below this. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Our own bodies are 3 deep and an app's data some more; what is far deeper ends the stack of whoever walks through it. */
const MAX_BODY_DEPTH = 100;

/** `levels`: how many more there may be. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

const readerUpTo = (maxBytes: number) =>
  express.json({
    limit: maxBytes,
    // Clients of ours send small bodies; unpacking would let a small one become a big one.
    inflate: false,
    type: () => true,
  });

/**
 * Reads a request's JSON object or array into `req.body`. An empty body counts as `{}`: FlipFlop's clients send the JSON
 * content type with a length of 0. Errors: INVALID_HTTP_MESSAGE_BODY, PAYLOAD_TOO_LARGE.
 */
export const jsonBodyUpTo = (maxBytes: number): RequestHandler => {
  const reader = readerUpTo(maxBytes);
  return (req, res, next) =>
    reader(req, res, (error?: unknown) => {
      if (error) return next(error);
      const body = (req.body as unknown) ?? {};
      if (typeof body !== 'object' || isDeeper(body, MAX_BODY_DEPTH))
        return next(new CodedError('INVALID_HTTP_MESSAGE_BODY'));
      req.body = body;
      next();
    });
};
export const jsonBody = jsonBodyUpTo(MAX_BODY_BYTES);

import express, { type RequestHandler } from 'express';
import { CodedError } from '../domain/errors';

/** Rooms with all their texts are a few kilobytes; lists of a thousand ids or upload parts stay below this. */
const MAX_BODY_BYTES = 1024 * 1024;

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
      if (typeof body !== 'object') return next(new CodedError('INVALID_HTTP_MESSAGE_BODY'));
      req.body = body;
      next();
    });
};
export const jsonBody = jsonBodyUpTo(MAX_BODY_BYTES);

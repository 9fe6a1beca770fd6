import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CodedError } from '../domain/errors';

/** Live playlists are asked for anew each time; a cache on the way may keep them only if it asks, too. */
export const CACHE_REVALIDATE = 'no-cache';
/** Segments and inits never change under their name. */
export const CACHE_FOREVER = 'public, max-age=31536000, immutable';
/** An original file may be made again, though hardly ever. */
export const CACHE_HOUR = 'public, max-age=3600';
export const CACHE_NEVER = 'no-store';
/** Media that is not for everybody: not in the viewer's own cache either, which the next user of the device would share. */
export const CACHE_PRIVATE = 'private, no-store';

export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
/** Browsers ask again after a day. */
const PREFLIGHT_MAX_AGE_SECONDS = 86_400;

/** Any page may play: what is public is public, and all else takes a token, which no browser sends by itself. */
export function setCommonHeaders(res: ServerResponse): void {
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Expose-Headers', 'Accept-Ranges, Content-Length, Content-Range, Date, ETag');
  res.setHeader('Timing-Allow-Origin', '*');
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  // An address may hold a pass.
  res.setHeader('Referrer-Policy', 'no-referrer');
}

/** The same, behind a pass. No cache keeps the way to it, which is as secret as the token was. */
export function redirect(res: ServerResponse, location: string): void {
  res.setHeader('Cache-Control', CACHE_PRIVATE);
  res.setHeader('Content-Length', 0);
  res.writeHead(302, { Location: location }).end();
}

/** A refusal in the API's shape. */
export function refuse(req: IncomingMessage, res: ServerResponse, error: CodedError): void {
  if (error.status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  const body = Buffer.from(JSON.stringify({ errorCode: error.code, errorMessage: error.message }));
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', CACHE_NEVER);
  res.setHeader('Content-Length', body.length);
  res.writeHead(error.status).end(req.method === 'HEAD' ? undefined : body);
}

/** Should a browser ever take a file for a page: that page may do nothing. */
export function sandbox(res: ServerResponse): void {
  res.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
}

export function preflight(res: ServerResponse): void {
  res.setHeader('Allow', ALLOWED_METHODS);
  res.setHeader('Access-Control-Allow-Methods', ALLOWED_METHODS);
  res.setHeader(
    'Access-Control-Allow-Headers',
    'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  );
  res.setHeader('Access-Control-Max-Age', PREFLIGHT_MAX_AGE_SECONDS);
  res.writeHead(204).end();
}

export interface Text {
  body: string;
  type: string;
  cache: string;
}

/** Answers 200 with a text; HEAD gets the same headers. */
export function text(req: IncomingMessage, res: ServerResponse, answer: Text): void {
  const body = Buffer.from(answer.body, 'utf8');
  res.setHeader('Content-Type', answer.type);
  res.setHeader('Cache-Control', answer.cache);
  res.setHeader('Content-Length', body.length);
  res.writeHead(200);
  res.end(req.method === 'HEAD' ? undefined : body);
}

const MESSAGES: Record<number, string> = {
  400: 'This is no path of ours.',
  404: 'There is nothing at this address.',
  405: 'Only GET, HEAD and OPTIONS are taken here.',
  412: 'The precondition does not hold.',
  414: 'The address is too long.',
  416: 'The file does not reach there.',
  429: 'Too many viewers from one address.',
  500: 'Something broke on our side.',
  503: 'Not now. Try again in a moment.',
};
const RETRY_AFTER_SECONDS = 1;

/** A short plain text with the status. Nothing of the request is repeated. Once headers are out, the socket is ended. */
export function fail(req: IncomingMessage, res: ServerResponse, status: number): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.removeHeader('ETag');
  res.removeHeader('Last-Modified');
  res.removeHeader('Accept-Ranges');
  if (status === 503 || status === 429) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.setHeader('Cache-Control', CACHE_NEVER);
  const body = Buffer.from(`${MESSAGES[status] ?? 'Error.'}\n`);
  res.setHeader('Content-Length', body.length);
  res.writeHead(status);
  res.end(req.method === 'HEAD' ? undefined : body);
}

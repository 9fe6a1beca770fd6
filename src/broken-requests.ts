import { STATUS_CODES, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { CodedError, type ErrorCode } from './domain/errors';

/** Who sends what we can't read may still be sending it; closed at once, the system would drop our answer before it is read. */
const LINGER_MS = 1_000;

const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';
/** What Node says of a request; all else is no HTTP. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  [TIMED_OUT]: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'REQUEST_HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
};

/** Status, headers and body of a refusal that no handler gives. The connection ends with it. */
function refusal(code: ErrorCode) {
  const { status, message } = new CodedError(code);
  const body = JSON.stringify({ errorCode: code, errorMessage: message });
  const headers = {
    Date: new Date().toUTCString(),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  return { status, headers, body };
}

function refusalText(code: ErrorCode): string {
  const { status, headers, body } = refusal(code);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

/**
 * Answers in our shape what Node refuses before a handler sees it: no HTTP, headers that are too large (431), requests that take
 * too long (408). Into an answer that has begun nothing is written. The connection ends either way.
 */
export function answerBrokenRequests(server: Server): void {
  const answering = new WeakMap<Duplex, Set<ServerResponse>>();
  const refused = new WeakSet<Duplex>();
  server.on('request', ({ socket }, res) => {
    const answers = answering.get(socket) ?? new Set();
    answering.set(socket, answers.add(res));
    res.once('close', () => answers.delete(res));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The rest of what it sends is read, told here again, and dropped.
    if (refused.has(socket)) return;
    refused.add(socket);
    const hasBegun = [...(answering.get(socket) ?? [])].some((res) => res.headersSent);
    if (!socket.writable || hasBegun) return void socket.destroy();
    const text = refusalText(CODES[error.code ?? ''] ?? 'INVALID_HTTP_MESSAGE');
    if (error.code === TIMED_OUT) {
      // What it refuses could still be completed, and would then be carried out.
      socket.write(text);
      return void socket.destroy();
    }
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
    socket.end(text);
  });
}

/** `app` for requests that name their host, as HTTP/1.1 must; Node's own check (`requireHostHeader`) answers without a body. */
export const withHost =
  (app: RequestListener): RequestListener =>
  (req, res) => {
    if (req.headers.host !== undefined || req.httpVersion !== '1.1') return app(req, res);
    const { status, headers, body } = refusal('INVALID_HTTP_MESSAGE');
    res.writeHead(status, headers).end(body);
  };

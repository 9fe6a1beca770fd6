import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBrokenRequests, withHost } from '../broken-requests';

/** Our longest URLs and tokens fit in; said to callers by REQUEST_HEADERS_TOO_LARGE. */
const MAX_HEADER_BYTES = 16 * 1024;
/** A caller that sends its headers this slowly is not one of ours. */
const HEADERS_TIMEOUT_MS = 10_000;
/** For the whole request; the largest body is 64 KiB. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than what load balancers keep open (60 s), so that they close first and never send into a closed connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Requests under way may finish; then the rest is cut, since a role must stop within 8 s. */
const CLOSE_GRACE_MS = 4_000;

export interface ListeningServer {
  /** The port it got, where 0 was asked. */
  port: number;
  /** Takes no new connection, lets running requests finish for a while, and ends. */
  close(): Promise<void>;
}

/** Serves `app` at an address. Rejects where the port is taken. */
export async function listen(
  app: RequestListener,
  at: { host: string; port: number },
): Promise<ListeningServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
    },
    withHost(app),
  );
  answerBrokenRequests(server);
  // Of what else a caller may expect we know nothing; it gets its answer all the same.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close((error) => {
      clearTimeout(grace);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}

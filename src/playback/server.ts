import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerBrokenRequests } from '../broken-requests';
import { AddressCounter } from '../domain/address-counter';
import type { Logger } from '../logger';
import type { StorageLayout } from '../storage/layout';
import { FlvViewers } from './flv-viewers';
import { handle } from './handler';
import {
  CLOSE_GRACE_MS,
  DEFAULT_PLAYBACK_LIMITS,
  MAX_HEADER_BYTES,
  TIMEOUT_CHECK_MS,
  type PlaybackLimits,
} from './limits';
import type { AccessGate, PlaybackMedia, Uploads } from './ports';
import { UploadDoor } from './uploads/door';
import { VodSource } from './vod-source';

export interface PlaybackOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  media: PlaybackMedia;
  access: AccessGate;
  layout: StorageLayout;
  log: Logger;
  /** As viewers reach us, without a slash at the end: `https://media.example.com`. Absent: as each of them does. */
  publicBase?: string;
  /** Takes uploads where it is given. */
  uploads?: Uploads;
  limits?: Partial<PlaybackLimits>;
}

/** The HTTP side of playback: HLS, DASH, HTTP-FLV and VOD. */
export interface Playback {
  /** Resolves with the port it listens on; rejects with the system's error (EADDRINUSE). */
  listen(): Promise<number>;
  /** HTTP-FLV viewers now. */
  readonly flvViewers: number;
  /** Stops listening; HTTP-FLV viewers end, answers under way get 2 s. Safe twice. */
  close(): Promise<void>;
}

export function createPlayback(options: PlaybackOptions): Playback {
  const limits = { ...DEFAULT_PLAYBACK_LIMITS, ...options.limits };
  const viewers = new FlvViewers(limits.maxFlvViewers, limits.maxFlvViewersPerAddress);
  const { media, access, layout, log, publicBase } = options;
  const uploads = options.uploads ? new UploadDoor(options.uploads, layout, log) : null;
  const vod = new VodSource(layout);
  const parts = { media, access, layout, log, publicBase, viewers, uploads, vod };
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      // A large part takes as long as its line needs; the door has a deadline of its own, and silence ends any socket.
      requestTimeout: options.uploads ? 0 : limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    (req, res) => {
      // Without a listener a broken response would end the process.
      res.on('error', (error) => log.debug({ err: error }, 'a playback response broke off'));
      void handle(parts, req, res);
    },
  );
  server.setTimeout(limits.idleTimeoutMs);
  guardConnections(server, limits, log);
  answerBrokenRequests(server);
  let closing: Promise<void> | null = null;
  return {
    listen: () => listen(server, options.host, options.port),
    get flvViewers() {
      return viewers.size;
    },
    close: () => {
      viewers.endAll();
      uploads?.close();
      return (closing ??= close(server));
    },
  };
}

/** Connections above the bounds are ended before a byte of them is read. */
function guardConnections(server: Server, limits: PlaybackLimits, log: Logger): void {
  const connections = new AddressCounter(limits.maxConnections, limits.maxConnectionsPerAddress);
  server.on('connection', (socket: Socket) => {
    const place = connections.take(socket.remoteAddress);
    if (typeof place === 'string') {
      log.debug({ bound: place }, 'a playback connection was refused: too many');
      socket.destroy();
      return;
    }
    socket.once('close', place);
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

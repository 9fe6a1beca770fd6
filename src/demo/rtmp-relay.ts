import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const PUBLISH_COMMAND = Buffer.from('\x02\x00\x07publish', 'latin1');
const PUBLISH_STARTED = Buffer.from('NetStream.Publish.Start', 'latin1');

/** What a relay saw of the newest connection, by this process's monotonic clock, milliseconds. */
export interface WireTimes {
  /** The publish command left the encoder. */
  publishSentAt: number | null;
  /** The server said Publish.Start. */
  acceptedAt: number | null;
  /** The server's end of the connection was closed, whoever closed first. */
  closedAt: number | null;
}

/**
 * Stands between the encoder and the server and passes every byte on at once. So the demo measures a real encoder's
 * publish on the wire, which ffmpeg itself does not tell: from its publish command to the server's Publish.Start.
 */
export class RtmpRelay {
  times: WireTimes = { publishSentAt: null, acceptedAt: null, closedAt: null };
  private readonly sockets = new Set<Socket>();
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (socket) => this.relay(socket));
  }

  /** Listens on a free port of the loopback. */
  static async start(targetUrl: string): Promise<RtmpRelay> {
    const url = new URL(targetUrl.replace(/^rtmp:/, 'http:'));
    const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 1935) };
    const server = createServer();
    const relay = new RtmpRelay(server, target);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Forgets the last connection, before the next encoder is started. */
  reset(): void {
    this.times = { publishSentAt: null, acceptedAt: null, closedAt: null };
  }

  /** Resolves with the time once it is known. */
  async time(name: keyof WireTimes): Promise<number> {
    for (;;) {
      const at = this.times[name];
      if (at !== null) return at;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private relay(encoder: Socket): void {
    const server = connect(this.target);
    const times = this.times;
    for (const socket of [encoder, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      // A reset is an end like any other here: both sides are closed below.
      socket.on('error', () => socket.destroy());
    }
    encoder.on('data', (bytes: Buffer) => {
      if (times.publishSentAt === null && bytes.includes(PUBLISH_COMMAND)) this.note(times, 'publishSentAt');
      if (!server.write(bytes)) encoder.pause();
    });
    server.on('drain', () => encoder.resume());
    server.on('data', (bytes: Buffer) => {
      if (times.acceptedAt === null && bytes.includes(PUBLISH_STARTED)) this.note(times, 'acceptedAt');
      encoder.write(bytes);
    });
    server.on('end', () => this.note(times, 'closedAt'));
    server.on('close', () => {
      this.note(times, 'closedAt');
      this.sockets.delete(server);
      encoder.destroy();
    });
    encoder.on('close', () => {
      this.sockets.delete(encoder);
      server.destroy();
    });
  }

  private note(times: WireTimes, name: keyof WireTimes): void {
    times[name] ??= performance.now();
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

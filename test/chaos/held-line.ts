import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const PUBLISH_COMMAND = Buffer.from('\x02\x00\x07publish', 'latin1');
const PUBLISH_STARTED = Buffer.from('NetStream.Publish.Start', 'latin1');
/** A command's message is far shorter: what lies in these last bytes may be one that is not whole yet. */
const LOOK_BACK_BYTES = 64;

/** `publish`: the encoder's wish to publish waits here. `media`: it was taken, and no media comes. */
export type HoldAt = 'publish' | 'media';

/**
 * A line between one encoder and the server that holds back what the encoder says from a chosen point on, until it is released.
 * So a state that otherwise lasts milliseconds can be met. Serves one connection.
 */
export class HeldLine {
  /** By the wall clock, as everything that a run compares. */
  publishSentAt: number | null = null;
  acceptedAt: number | null = null;
  releasedAt: number | null = null;
  private held: Buffer[] | null = null;
  private toServer: Socket | null = null;
  private tail: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
    readonly holdAt: HoldAt,
  ) {
    server.once('connection', (encoder) => this.join(encoder));
  }

  static async start(targetUrl: string, holdAt: HoldAt): Promise<HeldLine> {
    const url = new URL(targetUrl.replace(/^rtmp:/, 'http:'));
    const server = createServer();
    const line = new HeldLine(server, { host: url.hostname, port: Number(url.port) }, holdAt);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    return line;
  }

  /** The same address, by way of this line. */
  through(url: string): string {
    const { port } = this.server.address() as AddressInfo;
    return url.replace(/^rtmp:\/\/[^/]+/, `rtmp://127.0.0.1:${port}`);
  }

  get isHolding(): boolean {
    return this.held !== null;
  }

  /** Was the encoder's media ever let through? */
  get carriedMedia(): boolean {
    return this.releasedAt !== null && this.acceptedAt !== null;
  }

  release(): void {
    this.releasedAt ??= Date.now();
    const held = this.held ?? [];
    this.held = null;
    if (held.length > 0 && this.holdAt === 'publish') this.publishSentAt ??= Date.now();
    for (const bytes of held) this.toServer?.write(bytes);
  }

  close(): void {
    this.server.close();
    this.toServer?.destroy();
  }

  private join(encoder: Socket): void {
    this.server.close();
    const server = connect(this.target);
    this.toServer = server;
    for (const socket of [encoder, server]) {
      socket.setNoDelay(true);
      // A reset is an end like any other: both sides are closed below.
      socket.on('error', () => socket.destroy());
    }
    encoder.on('data', (bytes: Buffer) => this.fromEncoder(bytes));
    server.on('data', (bytes: Buffer) => {
      if (this.acceptedAt === null && this.sees(bytes, PUBLISH_STARTED)) {
        this.acceptedAt = Date.now();
        if (this.holdAt === 'media' && this.releasedAt === null) this.held = [];
      }
      encoder.write(bytes);
    });
    server.on('close', () => encoder.destroy());
    encoder.on('close', () => server.destroy());
  }

  private fromEncoder(bytes: Buffer): void {
    if (this.publishSentAt === null && bytes.includes(PUBLISH_COMMAND)) {
      if (this.holdAt === 'publish' && this.releasedAt === null) this.held = [];
      else this.publishSentAt = Date.now();
    }
    if (this.held) this.held.push(bytes);
    else this.toServer?.write(bytes);
  }

  private sees(bytes: Buffer, wanted: Buffer): boolean {
    const text = Buffer.concat([this.tail, bytes]);
    this.tail = text.subarray(-LOOK_BACK_BYTES);
    return text.includes(wanted);
  }
}

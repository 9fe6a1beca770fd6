import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { until } from './until';

/** A small RTMP client of our own: says exactly what a test wants, also what no decent client would. */

type Amf = number | boolean | string | null | undefined | { [name: string]: Amf };

const utf8 = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

export function amf(...values: Amf[]): Buffer {
  return Buffer.concat(values.map(amfOne));
}

function amfOne(value: Amf): Buffer {
  if (value === null) return Buffer.from([5]);
  if (value === undefined) return Buffer.from([6]);
  if (typeof value === 'boolean') return Buffer.from([1, value ? 1 : 0]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), utf8(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  const properties = Object.entries(value).map(([name, one]) => Buffer.concat([utf8(name), amfOne(one)]));
  return Buffer.concat([Buffer.from([3]), ...properties, Buffer.from([0, 0, 9])]);
}

export interface MessageOptions {
  type: number;
  body: Buffer;
  chunkStream?: number;
  streamId?: number;
  timestamp?: number;
  /** Claims this length instead of the body's. */
  length?: number;
}

const DEFAULT_CHUNK_BYTES = 128;

/** One message in chunks of 128 bytes, or of `chunkBytes`. */
export function message(options: MessageOptions, chunkBytes = DEFAULT_CHUNK_BYTES): Buffer {
  const { type, body, chunkStream = 3, streamId = 0, timestamp = 0, length = body.length } = options;
  const header = Buffer.alloc(12);
  header[0] = chunkStream;
  const extended = timestamp >= 0xffffff;
  header.writeUIntBE(extended ? 0xffffff : timestamp, 1, 3);
  header.writeUIntBE(length, 4, 3);
  header[7] = type;
  header.writeUInt32LE(streamId, 8);
  const time = Buffer.alloc(extended ? 4 : 0);
  if (extended) time.writeUInt32BE(timestamp);
  const parts: Buffer[] = [header, time, body.subarray(0, chunkBytes)];
  for (let at = chunkBytes; at < body.length; at += chunkBytes) {
    parts.push(Buffer.from([0xc0 | chunkStream]), time, body.subarray(at, at + chunkBytes));
  }
  return Buffer.concat(parts);
}

export interface Received {
  type: number;
  streamId: number;
  body: Buffer;
}

/** What onStatus (or _error) said. */
export interface Status {
  code: string;
  description: string;
}

export class RtmpClient {
  readonly received: Received[] = [];
  isClosed = false;
  /** True when the connection ended by a reset. */
  wasReset = false;
  private buffer: Buffer = Buffer.alloc(0);
  private handshakeLeft = 1 + 1536 + 1536;
  private chunkBytes = DEFAULT_CHUNK_BYTES;
  private transaction = 0;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes) => this.onData(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.wasReset ||= error.code === 'ECONNRESET'));
    socket.on('close', () => (this.isClosed = true));
  }

  /** A bare TCP connection. `options`: for example where it comes from, or that it ignores the server's FIN. */
  static async open(port: number, options: Partial<TcpNetConnectOpts> = {}): Promise<RtmpClient> {
    const socket = connect({ ...options, port, host: '127.0.0.1' });
    const client = new RtmpClient(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return client;
  }

  /** Handshaken, connected to `app`, with one stream created. */
  static async ready(
    port: number,
    app = 'live',
    options: Partial<TcpNetConnectOpts> = {},
  ): Promise<RtmpClient> {
    const client = await RtmpClient.open(port, options);
    client.handshake();
    client.command('connect', { app, tcUrl: `rtmp://127.0.0.1/${app}` });
    client.command('createStream', null);
    await until(() => client.results >= 2, {
      timeoutMs: 5_000,
      what: 'connect and createStream to be answered',
    });
    return client;
  }

  /** Ready, and publishing once the yes has come. */
  static async publishing(port: number, streamName: string): Promise<RtmpClient> {
    const client = await RtmpClient.ready(port);
    client.publish(streamName);
    await client.status('NetStream.Publish.Start');
    return client;
  }

  handshake(version = 3): void {
    this.send(Buffer.concat([Buffer.from([version]), Buffer.alloc(1536, 1), Buffer.alloc(1536, 2)]));
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  message(options: MessageOptions): void {
    this.send(message(options));
  }

  command(name: string, ...args: Amf[]): void {
    this.transaction += 1;
    this.message({ type: 20, body: amf(name, this.transaction, ...args) });
  }

  publish(streamName: Amf): void {
    this.message({ type: 20, streamId: 1, body: amf('publish', 0, null, streamName, 'live') });
  }

  play(streamName: Amf): void {
    this.message({ type: 20, streamId: 1, body: amf('play', 0, null, streamName) });
  }

  /** Sequence headers, then one key frame at `timestamp`. */
  media(timestamp = 0): void {
    this.message({ type: 9, chunkStream: 5, streamId: 1, timestamp, body: AVC_HEADER });
    this.message({ type: 8, chunkStream: 4, streamId: 1, timestamp, body: AAC_HEADER });
    this.frame(timestamp);
  }

  frame(timestamp = 0): void {
    this.message({ type: 9, chunkStream: 5, streamId: 1, timestamp, body: KEY_FRAME });
  }

  get results(): number {
    return this.received.filter((one) => one.type === 20 && one.body.includes('_result')).length;
  }

  get statuses(): Status[] {
    return this.received
      .filter((one) => one.type === 20)
      .map((one) => ({
        code: textAfter(one.body, 'code'),
        description: textAfter(one.body, 'description'),
      }));
  }

  async status(code: string, timeoutMs = 5_000): Promise<Status> {
    const what = `status ${code}, got ${JSON.stringify(this.statuses)}`;
    return until(() => this.statuses.find((one) => one.code === code), { timeoutMs, what });
  }

  async closed(timeoutMs = 5_000): Promise<void> {
    await until(() => this.isClosed, { timeoutMs, what: 'the server to close' });
  }

  destroy(): void {
    this.socket.destroy();
  }

  private onData(bytes: Buffer): void {
    const skipped = Math.min(this.handshakeLeft, bytes.length);
    this.handshakeLeft -= skipped;
    this.buffer = Buffer.concat([this.buffer, bytes.subarray(skipped)]);
    while (this.takeMessage());
  }

  /** The server writes each message with a full header and never interleaves. */
  private takeMessage(): boolean {
    const { buffer } = this;
    if (buffer.length < 12) return false;
    const length = buffer.readUIntBE(4, 3);
    const extended = buffer.readUIntBE(1, 3) === 0xffffff ? 4 : 0;
    const parts: Buffer[] = [];
    let at = 12 + extended;
    for (let left = length; left > 0;) {
      const size = Math.min(left, this.chunkBytes);
      if (buffer.length < at + size) return false;
      parts.push(buffer.subarray(at, at + size));
      left -= size;
      at += size + (left > 0 ? 1 + extended : 0);
    }
    const body = Buffer.concat(parts);
    this.received.push({ type: buffer[7]!, streamId: buffer.readUInt32LE(8), body });
    if (buffer[7] === 1) this.chunkBytes = body.readUInt32BE();
    this.buffer = buffer.subarray(at);
    return true;
  }
}

function textAfter(body: Buffer, name: string): string {
  const at = body.indexOf(utf8(name));
  if (at < 0) return '';
  const start = at + 2 + name.length;
  return body.toString('utf8', start + 3, start + 3 + body.readUInt16BE(start + 1));
}

/** Of x264, 64x64 at 10 a second. */
const SPS = Buffer.from('6764000aacd94426c044000003000400000300503c489658', 'hex');
const PPS = Buffer.from('68ebe3cb22c0', 'hex');
export const AVC_HEADER = Buffer.concat([
  Buffer.from([0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x0a, 0xff, 0xe1, 0, SPS.length]),
  SPS,
  Buffer.from([1, 0, PPS.length]),
  PPS,
]);
export const AAC_HEADER = Buffer.from([0xaf, 0, 0x12, 0x10]);
export const KEY_FRAME = Buffer.concat([
  Buffer.from([0x17, 1, 0, 0, 0, 0, 0, 0, 200, 0x65]),
  Buffer.alloc(199, 7),
]);

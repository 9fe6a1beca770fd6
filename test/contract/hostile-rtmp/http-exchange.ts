import { connect, type Socket } from 'node:net';
import { comesTrue } from './attack';

/** A raw HTTP client: says exactly what a test wants and looks at the first line that comes back. */
export class RawHttp {
  private text = '';
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on(
      'data',
      (bytes: Buffer) => (this.text = (this.text + bytes.toString('latin1')).slice(-100_000)),
    );
    socket.on('error', () => (this.isClosed = true));
    socket.on('close', () => (this.isClosed = true));
  }

  static async open(port: number): Promise<RawHttp> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawHttp(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return client;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Status codes so far. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
  }

  /** The first status within the time; null where none came. */
  async status(timeoutMs: number): Promise<number | null> {
    await comesTrue(() => this.isClosed || this.statuses.length > 0, timeoutMs);
    return this.statuses[0] ?? null;
  }

  async closed(timeoutMs: number): Promise<boolean> {
    return comesTrue(() => this.isClosed, timeoutMs);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

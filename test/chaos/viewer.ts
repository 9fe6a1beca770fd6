import { get, type ClientRequest } from 'node:http';

/** Somebody who watches over HTTP-FLV: counts the bytes, and costs nothing more. */
export class Viewer {
  bytes = 0;
  isWatching = true;
  private readonly request: ClientRequest;

  constructor(readonly url: string) {
    this.request = get(url, { agent: false }, (answer) => {
      if (answer.statusCode !== 200) this.isWatching = false;
      answer.on('data', (bytes: Buffer) => (this.bytes += bytes.length));
      answer.once('close', () => (this.isWatching = false));
      // Cut in the middle: told by `isWatching`.
      answer.once('error', () => (this.isWatching = false));
    });
    this.request.once('error', () => (this.isWatching = false));
  }

  stop(): void {
    this.request.destroy();
  }
}

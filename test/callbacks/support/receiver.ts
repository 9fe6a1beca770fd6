import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../../support/until';

export interface Arrival {
  headers: Record<string, string>;
  /** As it came. */
  text: string;
  body: any;
  /** Milliseconds of a clock that only rises. */
  atMs: number;
}

/** What is answered to an arrival: a status, or whatever is done with the response. */
export type Answer = number | ((response: ServerResponse, request: IncomingMessage) => void);

/** A customer's backend that takes callbacks, on a real port. */
export class Receiver {
  readonly arrivals: Arrival[] = [];
  /** What the next arrivals are answered with; a test changes it. */
  answer: (arrival: Arrival) => Answer | Promise<Answer> = () => 200;

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async start(port = 0): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/callbacks`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Arrivals of one entity, in the order in which they came. */
  of(key: 'videoRoomId' | 'streamKeyId' | 'videoPostId', id: number): Arrival[] {
    return this.arrivals.filter(({ body }) => body.data[key] === id);
  }

  has(count: number, timeoutMs = 10_000): Promise<boolean> {
    return until(() => this.arrivals.length >= count, { timeoutMs, what: `${count} callbacks` });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const headers = request.headers as Record<string, string>;
    const arrival = { headers, text, body: JSON.parse(text), atMs: performance.now() };
    this.arrivals.push(arrival);
    const answer = await this.answer(arrival);
    if (typeof answer === 'number') response.writeHead(answer).end('ok');
    else answer(response, request);
  }
}

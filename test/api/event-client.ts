import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { until } from '../support/until';

export interface Received {
  id: string | null;
  /** `message` where none is named. */
  event: string;
  data: any;
}

export interface ClientOptions {
  /** Resumes behind it. */
  lastId?: string | null;
  /** Says so in the address, as clients do that can send no headers. */
  inQuery?: boolean;
  query?: string;
}

/** What a browser's EventSource does, as far as it matters here: keeps the last id, and can be cut at any byte. */
export class EventClient {
  readonly received: Received[] = [];
  lastId: string | null;
  status: number | null = null;
  comments = 0;
  ended = false;
  private readonly request: ClientRequest;
  private response: IncomingMessage | null = null;
  private unread = '';

  constructor(port: number, token: string, options: ClientOptions = {}) {
    this.lastId = options.lastId ?? null;
    const inQuery = options.inQuery === true;
    this.request = request({
      port,
      host: '127.0.0.1',
      path: `/v2/members/me/event-sources${inQuery ? `?Last-Event-ID=${this.lastId}` : (options.query ?? '')}`,
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(this.lastId === null || inQuery ? {} : { 'last-event-id': this.lastId }),
      },
    });
    this.request.on('response', (response) => this.read(response));
    // Cut by us, or by the server: what it means is the test's to say.
    this.request.on('error', () => (this.ended = true));
    this.request.on('close', () => (this.ended = true));
    this.request.end();
  }

  /** Waits for the answer and its first block. */
  async opened(): Promise<this> {
    await until(() => this.ended || (this.status !== null && (this.status !== 200 || this.lastId !== null)), {
      timeoutMs: 10_000,
      what: 'the event stream to open',
    });
    return this;
  }

  get messages(): any[] {
    return this.received.filter(({ event }) => event === 'message').map(({ data }) => data);
  }

  ofType(customType: string): any[] {
    return this.messages.filter((message) => message.customType === customType);
  }

  pause(): void {
    this.response?.pause();
  }

  /** As a phone that loses its network does. */
  cut(): void {
    this.request.destroy();
  }

  private read(response: IncomingMessage): void {
    this.response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('error', () => (this.ended = true));
    response.on('close', () => (this.ended = true));
  }

  private take(chunk: string): void {
    const blocks = (this.unread + chunk).split('\n\n');
    // A block that was cut off is as if it had never been sent.
    this.unread = blocks.pop() ?? '';
    for (const block of blocks) this.dispatch(block.split('\n'));
  }

  private dispatch(lines: string[]): void {
    const fields = new Map<string, string>();
    for (const line of lines) {
      if (line.startsWith(':')) this.comments += 1;
      else fields.set(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
    }
    this.lastId = fields.get('id') ?? this.lastId;
    const data = fields.get('data');
    if (data === undefined) return;
    this.received.push({
      id: fields.get('id') ?? null,
      event: fields.get('event') ?? 'message',
      data: JSON.parse(data),
    });
  }
}

import { Writable } from 'node:stream';
import type { Knex } from 'knex';
import { ACCESS_CHANNEL, ChannelEvictions } from '../../src/access';
import { createApi } from '../../src/api/app';
import type { ApiOptions } from '../../src/api/deps';
import { EventStreams, type EventStreamsOptions } from '../../src/api/event-stream/event-streams';
import { listen, type ListeningServer } from '../../src/api/listen';
import { ApiMetrics } from '../../src/api/metrics';
import { createLogger } from '../../src/logger';
import { createKnex } from '../../src/store/knex';
import { Listener } from '../../src/store/listener';
import type { Vault } from '../../src/store/vault';
import { newOwner, newVault, type Owner } from '../store/fixtures';
import { startStack, type Stack } from '../support/stack';
import { CommandsDouble } from './commands-double';
import { PostsDouble } from './posts-double';
import { expectAsPublished } from './contract-check';

export const BASES = { http: 'http://media.example:8081', rtmp: 'rtmp://media.example:1935' };

export interface Reply {
  status: number;
  headers: Headers;
  /** Parsed JSON; null where the answer had no body. */
  body: any;
}

export interface Ask {
  method?: string;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
  /** Null: no Authorization header. */
  as?: Owner | null;
}

export const basic = (key: string, secret: string): string =>
  `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;

interface HarnessOptions {
  private?: boolean;
  api?: Partial<ApiOptions>;
  eventLimits?: EventStreamsOptions['limits'];
  /** Keeps metrics; null: only this machine may read them. */
  metricsToken?: string | null;
}

const metricsOf = (knex: Knex, { metricsToken }: HarnessOptions) =>
  metricsToken === undefined ? {} : { metrics: new ApiMetrics(knex, metricsToken) };

/** The API on a real port with a real database; only Temporal has a double. */
export class Harness {
  private constructor(
    readonly stack: Stack,
    readonly knex: Knex,
    readonly vault: Vault,
    readonly commands: CommandsDouble,
    readonly posts: PostsDouble,
    readonly owner: Owner,
    private readonly server: ListeningServer,
    private readonly logLines: string[],
    readonly eventStreams: EventStreams,
    private readonly listener: Listener,
    private readonly evictions: ChannelEvictions,
  ) {}

  static async start(options: HarnessOptions = {}): Promise<Harness> {
    const stack = await startStack(options);
    const knex = createKnex(stack.databaseUrl);
    const vault = newVault();
    const commands = new CommandsDouble(knex, vault);
    const posts = new PostsDouble();
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const log = createLogger({ role: 'api', level: 'debug' }, sink);
    const listener = new Listener(stack.databaseUrl, log);
    const eventStreams = new EventStreams({ knex, vault, bases: BASES, log, limits: options.eventLimits });
    eventStreams.listen(listener);
    const evictions = new ChannelEvictions({ knex, log });
    listener.subscribe(ACCESS_CHANNEL, evictions);
    listener.start();
    const made = { knex, vault, commands, posts, bases: BASES, log, eventStreams };
    const server = await listen(createApi({ ...made, ...metricsOf(knex, options), ...options.api }), {
      host: '127.0.0.1',
      port: 0,
    });
    const owner = await newOwner(knex, vault);
    return new Harness(
      stack,
      knex,
      vault,
      commands,
      posts,
      owner,
      server,
      lines,
      eventStreams,
      listener,
      evictions,
    );
  }

  async stop(): Promise<void> {
    this.eventStreams.close();
    await Promise.all([this.listener.close(), this.evictions.close(), this.server.close()]);
    await this.knex.destroy();
    await this.stack.stop();
  }

  get port(): number {
    return this.server.port;
  }

  get log(): string {
    return this.logLines.join('');
  }

  /** `GET` without a body, `POST` with one. */
  async ask(path: string, ask: Ask = {}): Promise<Reply> {
    const owner = ask.as === undefined ? this.owner : ask.as;
    const payload = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
    const method = ask.method ?? (payload === undefined ? 'GET' : 'POST');
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      body: payload,
      headers: {
        ...(owner ? { authorization: basic(owner.apiKey, owner.apiSecret) } : {}),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...ask.headers,
      },
    });
    const text = await response.text();
    const reply = {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
    expectAsPublished(method, path, reply);
    return reply;
  }

  post(path: string, ask: Ask = {}): Promise<Reply> {
    return this.ask(`/v2/apps/me${path}`, { method: 'POST', ...ask });
  }

  get(path: string, ask: Ask = {}): Promise<Reply> {
    return this.ask(`/v2/apps/me${path}`, ask);
  }

  /** A new room of the owner, as the API answers it. */
  async newRoom(body: object = {}): Promise<any> {
    const reply = await this.post('/video-rooms', {
      body: {
        appUserId: this.owner.appUserId,
        type: 'BROADCAST_RTMP',
        scheduledAt: '2027-01-01T00:00:00Z',
        ...body,
      },
    });
    if (reply.status !== 201) throw new Error(`creating a room answered ${reply.status}`);
    return reply.body;
  }
}

/** Exactly the two members of an error, and its code. */
export function expectError(reply: Reply, status: number, errorCode: string): void {
  expect({ status: reply.status, errorCode: reply.body?.errorCode }).toEqual({ status, errorCode });
  expect(Object.keys(reply.body).sort()).toEqual(['errorCode', 'errorMessage']);
  expect(typeof reply.body.errorMessage).toBe('string');
}

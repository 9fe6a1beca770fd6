import { createApi } from '../../src/api/app';
import { EventStreams } from '../../src/api/event-stream/event-streams';
import { listen } from '../../src/api/listen';
import { createLogger } from '../../src/logger';
import { createKnex } from '../../src/store/knex';
import { Listener } from '../../src/store/listener';
import { until } from '../support/until';
import { clientOf, newClient, type Client } from './channel-support';
import { EventClient, type ClientOptions } from './event-client';
import { BASES, Harness } from './harness';

export const TIMES = { timeoutMs: 10_000 };
/** So small that a test need not wait, or send megabytes. */
const LIMITS = { heartbeatEveryMs: 200, checkTokensEveryMs: 200, maxUnsentBytes: 64 * 1024 };

export const got = (client: EventClient, count: number, customType: string): Promise<unknown> =>
  until(() => client.ofType(customType).length >= count, { ...TIMES, what: `${count} ${customType}` });

/** An API with an owner and a member, and the streams that a test opens. */
export class EventStage {
  api!: Harness;
  private readonly open: EventClient[] = [];
  private readonly others: { stop(): Promise<void> }[] = [];

  async start(): Promise<{ api: Harness; owner: Client; ann: Client }> {
    const api = await Harness.start({ eventLimits: LIMITS });
    this.api = api;
    return { api, owner: await clientOf(api, api.owner), ann: await newClient(api, 'ann') };
  }

  /** After each test, however it ended. */
  async clear(): Promise<void> {
    for (const client of this.open.splice(0)) client.cut();
    await Promise.all(this.others.splice(0).map((other) => other.stop()));
  }

  /** Not yet answered. */
  begin = (token: string, options: ClientOptions & { port?: number } = {}): EventClient => {
    const client = new EventClient(options.port ?? this.api.port, token, options);
    this.open.push(client);
    return client;
  };

  stream = (who: Client, options: ClientOptions & { port?: number } = {}): Promise<EventClient> =>
    this.begin(who.token, options).opened();

  joinedRoom = async (...clients: Client[]): Promise<{ id: number; path: string }> => {
    const { id } = await this.api.newRoom();
    const path = `/video-rooms/${id}/channel`;
    for (const client of clients) expect((await client.post(`${path}/join`)).status).toBe(204);
    return { id, path };
  };

  /** One more process of the API, as far as its parts go: its own connections, its own memory. */
  async anotherApi(): Promise<{ port: number; stop(): Promise<void> }> {
    const { stack, vault, commands, posts } = this.api;
    const knex = createKnex(stack.databaseUrl);
    const log = createLogger({ role: 'api', level: 'error' });
    const listener = new Listener(stack.databaseUrl, log);
    const deps = { knex, vault, bases: BASES, log };
    const eventStreams = new EventStreams({ ...deps, limits: LIMITS });
    eventStreams.listen(listener);
    listener.start();
    const app = createApi({ ...deps, commands, posts, eventStreams });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    let stopping: Promise<void> | null = null;
    const end = async () => {
      eventStreams.close();
      await Promise.all([listener.close(), server.close()]);
      await knex.destroy();
    };
    const other = { port: server.port, stop: () => (stopping ??= end()) };
    this.others.push(other);
    return other;
  }
}

import { Client, type Notification } from 'pg';
import type { Logger } from '../logger';

/** The first try after a lost connection; each next one waits twice as long, up to the longest. */
const FIRST_RECONNECT_MS = 250;
const LONGEST_RECONNECT_MS = 5_000;
/** A server that vanished without closing is noticed by a question that stays unanswered. */
const PING_EVERY_MS = 10_000;
const ANSWER_TIMEOUT_MS = 4_000;

export interface Subscription {
  /** A NOTIFY on the channel. It may have missed earlier ones: `connected` is when to read everything anew. */
  notified(payload: string): void;
  /** Listening (again) from now on: what was notified before is lost, so read it now. */
  connected(): void;
  /** The connection is lost; notifications are missed from now on. */
  disconnected?(): void;
}

/**
 * One Postgres connection that LISTENs, and comes back by itself. Owns its connection and timers; `close` ends them.
 * Channels are names of ours, never a caller's text.
 */
export class Listener {
  private readonly subscriptions = new Map<string, Subscription>();
  private client: Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private reconnectMs = FIRST_RECONNECT_MS;
  private closed = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly log: Logger,
  ) {}

  /** Before `start`. */
  subscribe(channel: string, subscription: Subscription): void {
    this.subscriptions.set(channel, subscription);
  }

  start(): void {
    void this.connect();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.clearTimer();
    const client = this.client;
    this.client = null;
    await client?.end().catch((error: unknown) => this.log.debug({ err: error }, 'listener: end'));
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.databaseUrl,
      application_name: 'showrunner-listener',
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client, new Error('the connection was closed')));
    client.on('notification', (it: Notification) =>
      this.subscriptions.get(it.channel)?.notified(it.payload ?? ''),
    );
    try {
      await client.connect();
      for (const channel of this.subscriptions.keys()) await client.query(`listen "${channel}"`);
    } catch (error) {
      return this.lost(client, error);
    }
    if (this.client !== client) return;
    this.reconnectMs = FIRST_RECONNECT_MS;
    for (const subscription of this.subscriptions.values()) subscription.connected();
    this.timer = setInterval(() => {
      client.query('select 1').catch((error: unknown) => this.lost(client, error));
    }, PING_EVERY_MS);
  }

  /** Once per connection: what an older one still says is late. */
  private lost(client: Client, error: unknown): void {
    if (this.client !== client || this.closed) return;
    this.client = null;
    this.clearTimer();
    this.log.warn({ err: error }, 'the listening connection to Postgres is lost; trying again');
    for (const subscription of this.subscriptions.values()) subscription.disconnected?.();
    client.end().catch((ended: unknown) => this.log.debug({ err: ended }, 'listener: end'));
    this.timer = setTimeout(() => void this.connect(), this.reconnectMs);
    this.reconnectMs = Math.min(this.reconnectMs * 2, LONGEST_RECONNECT_MS);
  }

  private clearTimer(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}

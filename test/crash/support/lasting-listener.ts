import { EventClient, type Received } from '../../api/event-client';
import { until } from '../../support/until';

/** A browser waits for the 2 s that the stream asks for; shorter here, so that more happens between two cuts. */
const RECONNECT_DELAY_MS = 100;
/** Longer than a test: the stream ends when it is cut. */
const NEVER_MS = 3_600_000;

/** Follows a member's events as simply as a browser does: whenever its stream is over, it comes again with the last id it has. */
export class LastingListener {
  /** What its streams were answered with, but not the connections that were refused. */
  readonly statuses = new Set<number>();
  /** Streams that were open and are over. */
  cuts = 0;
  private begun = 0;
  private readonly before: Received[] = [];
  private client: EventClient | null = null;
  private running: Promise<void> | null = null;
  private state: 'listening' | 'stopped' = 'listening';

  constructor(
    private readonly port: number,
    private readonly token: string,
  ) {}

  /** Resolves with the id after which it hears everything. */
  async start(): Promise<number> {
    this.running = this.listen();
    const id = await until(() => this.client?.lastId, {
      timeoutMs: 10_000,
      what: 'the event stream to open',
    });
    return Number(id);
  }

  get received(): readonly Received[] {
    return [...this.before, ...(this.client?.received ?? [])];
  }

  /** The number of the connection that is there, or was tried last. */
  get connection(): number {
    return this.begun;
  }

  /** Has a later connection than this one heard something? */
  hearsAfter(connection: number): boolean {
    return this.begun > connection && (this.client?.received.length ?? 0) > 0;
  }

  /** As a phone that loses its network does. */
  cut(): void {
    this.client?.cut();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cut();
    await this.running;
  }

  private async listen(): Promise<void> {
    let lastId: string | null = null;
    while (this.state === 'listening') {
      const client: EventClient = new EventClient(this.port, this.token, { lastId });
      this.client = client;
      this.begun += 1;
      await until(() => client.ended, { timeoutMs: NEVER_MS, what: 'the event stream to be over' });
      this.client = null;
      this.before.push(...client.received);
      lastId = client.lastId;
      if (client.status !== null) this.statuses.add(client.status);
      if (client.status === 200) this.cuts += 1;
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS));
    }
  }
}

import type { Logger } from '../logger';
import type { ControlPlane, Tell } from './contract';
import { OutboxFolder, type StoredTell } from './outbox-folder';
import { OutboxQueue } from './outbox-queue';

/** A node ends some thousand sessions a day; this many waiting tells mean days without a control plane. */
const MAX_WAITING_TELLS = 10_000;

export interface OutboxOptions {
  dir: string;
  controlPlane: Pick<ControlPlane, 'tell'>;
  log: Logger;
}

/**
 * Tells that must arrive. Each is written to disk and delivered at once, in order per stream key; while the control
 * plane is away they wait and are tried again. Deleted when acknowledged, so one may arrive twice, which is safe.
 */
export class Outbox {
  private readonly folder: OutboxFolder;
  private readonly queues = new Map<number, OutboxQueue>();
  private readonly writes = new Set<Promise<void>>();
  private opened: Promise<void> | null = null;
  private lastNumber = 0;
  private waiting = 0;
  private closed = false;

  constructor(private readonly options: OutboxOptions) {
    this.folder = new OutboxFolder(options.dir, options.log);
  }

  /** Reads what an older boot left and begins to deliver it. Safe to repeat; must be done before the first `put`. */
  open(): Promise<void> {
    this.opened ??= this.load();
    return this.opened;
  }

  /** True when nothing new should be begun that would end in more tells. */
  get isFull(): boolean {
    return this.waiting >= MAX_WAITING_TELLS;
  }

  get size(): number {
    return this.waiting;
  }

  /** Takes a tell over: on its way at once, and durable when this resolves. Never rejects: a full disk is logged. */
  put(tell: Tell): Promise<void> {
    this.lastNumber += 1;
    const stored = { number: this.lastNumber, tell };
    const written = this.folder.write(stored).catch((error: unknown) => {
      this.options.log.error(
        { err: error },
        'a tell could not be written to the outbox; it is kept in memory only',
      );
    });
    this.writes.add(written);
    void written.then(() => this.writes.delete(written));
    this.enqueue(stored, written);
    return written;
  }

  /** Tries this key's tells now. True when none is left after at most `timeoutMs`. */
  async deliverPending(streamKeyId: number, timeoutMs: number): Promise<boolean> {
    const queue = this.queues.get(streamKeyId);
    return queue ? queue.drained(timeoutMs) : true;
  }

  /** Tries all tells now. True when none is left after at most `timeoutMs`. */
  async deliverAll(timeoutMs: number): Promise<boolean> {
    const outcomes = await Promise.all([...this.queues.values()].map((queue) => queue.drained(timeoutMs)));
    return outcomes.every(Boolean);
  }

  /** Stops delivering. All tells are on disk when it resolves. */
  async close(): Promise<void> {
    this.closed = true;
    for (const queue of this.queues.values()) queue.stop();
    await Promise.all(this.writes);
  }

  private async load(): Promise<void> {
    const stored = await this.folder.load();
    for (const one of stored) {
      this.lastNumber = one.number;
      this.enqueue(one, Promise.resolve());
    }
    if (stored.length > 0)
      this.options.log.info({ tells: stored.length }, 'tells of an older boot are on their way');
  }

  private enqueue(stored: StoredTell, written: Promise<void>): void {
    this.waiting += 1;
    const { streamKeyId } = stored.tell.key;
    let queue = this.queues.get(streamKeyId);
    if (!queue) {
      queue = new OutboxQueue({
        deliver: (tell) => this.options.controlPlane.tell(tell),
        onDelivered: (done) => this.onDelivered(done.number, done.written),
        onIdle: () => this.queues.delete(streamKeyId),
        log: this.options.log,
      });
      this.queues.set(streamKeyId, queue);
    }
    queue.add({ ...stored, written });
    if (this.closed) queue.stop();
  }

  private onDelivered(number: number, written: Promise<void>): void {
    this.waiting -= 1;
    const removed = written
      .then(() => this.folder.remove(number))
      .catch((error: NodeJS.ErrnoException) => {
        // Never written: the disk was full then.
        if (error.code === 'ENOENT') return;
        this.options.log.error({ err: error }, 'a delivered tell stays in the outbox and will be told again');
      });
    this.writes.add(removed);
    void removed.then(() => this.writes.delete(removed));
  }
}

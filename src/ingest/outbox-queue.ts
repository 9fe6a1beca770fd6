import { within } from '../deadline';
import type { Logger } from '../logger';
import type { Tell } from './contract';
import type { StoredTell } from './outbox-folder';

/** The first retry is soon, for a control plane that just restarts; later ones spare it. */
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
/** A control plane that never answers must not hold the queue: asked again after this. */
const ANSWER_DEADLINE_MS = 10_000;

export interface QueuedTell extends StoredTell {
  written: Promise<void>;
}

export interface OutboxQueueOptions {
  deliver(tell: Tell): Promise<void>;
  onDelivered(done: QueuedTell): void;
  /** Empty: the queue may be forgotten. */
  onIdle(): void;
  log: Logger;
}

/** The tells of one stream key, delivered strictly one after the other. */
export class OutboxQueue {
  private readonly waiting: QueuedTell[] = [];
  private running = false;
  private stopped = false;
  private retryMs = FIRST_RETRY_MS;
  private wake: (() => void) | null = null;
  private readonly drainedWaiters = new Set<() => void>();

  constructor(private readonly options: OutboxQueueOptions) {}

  add(tell: QueuedTell): void {
    this.waiting.push(tell);
    if (!this.running && !this.stopped) void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  /** Tries at once. True when empty, false after `timeoutMs`. */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.waiting.length === 0) return true;
    this.wake?.();
    return new Promise((resolve) => {
      const done = (empty: boolean) => {
        clearTimeout(timer);
        this.drainedWaiters.delete(onEmpty);
        resolve(empty);
      };
      const onEmpty = () => done(true);
      const timer = setTimeout(() => done(false), timeoutMs);
      this.drainedWaiters.add(onEmpty);
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let next = this.waiting[0]; next && !this.stopped; next = this.waiting[0]) {
      if (await this.delivered(next)) {
        this.waiting.shift();
        this.retryMs = FIRST_RETRY_MS;
        this.options.onDelivered(next);
      } else if (!this.stopped) {
        await this.pause();
      }
    }
    this.running = false;
    if (this.waiting.length > 0) return;
    this.options.onIdle();
    for (const waiter of [...this.drainedWaiters]) waiter();
  }

  private async delivered(next: QueuedTell): Promise<boolean> {
    try {
      await within(ANSWER_DEADLINE_MS, this.options.deliver(next.tell), () => new Error('no answer'));
      return true;
    } catch (error) {
      const { kind, message } = next.tell;
      const details = { kind, sessionId: message.sessionId, retryMs: this.retryMs, err: error };
      this.options.log.warn(details, 'a tell was not acknowledged; it will be told again');
      return false;
    }
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.retryMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
  }
}

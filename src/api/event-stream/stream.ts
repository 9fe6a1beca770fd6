import { once } from 'node:events';
import type { Response } from 'express';
import type { GivenPass } from '../../store/stream-passes';

/**
 * What may wait to be sent to one reader: about a thousand events, more than a busy room makes in a minute. Whoever is further
 * behind does not read; it is dropped, and resumes.
 */
const MAX_UNSENT_BYTES = 256 * 1024;
/** A reader that is gone without a word is found by the system's probes, while nothing is sent. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** While it catches up a reader may be slow, but it reads. */
const DRAIN_TIMEOUT_MS = 30_000;
/** Who is told of the end reads it in an instant; who does not read at all is cut then. */
const END_TIMEOUT_MS = 5_000;
/** How long a client that lost the stream waits before it comes again. */
const RETRY_MS = 2_000;

const HEARTBEAT = Buffer.from(':\n\n');

/** Whom a stream is for, and until when. */
export interface StreamPass extends GivenPass {
  expiresAtMs: number;
}

/** Other than above, for tests. */
export interface StreamLimits {
  maxUnsentBytes?: number;
  endTimeoutMs?: number;
}

/** One member's open event stream: owns its response, and remembers up to where it knows. */
export class EventStream {
  /** Told everything up to and with this. */
  position = 0;
  /** The channels that the member is in, at the newest position that it was told. */
  readonly channels = new Set<number>();
  private open = true;

  constructor(
    private readonly res: Response,
    readonly pass: StreamPass,
    private readonly limits: StreamLimits = {},
  ) {
    res.once('close', () => (this.open = false));
    res.socket?.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  }

  get isOpen(): boolean {
    return this.open;
  }

  onClose(done: () => void): void {
    if (this.open) this.res.once('close', done);
    else done();
  }

  begin(): void {
    this.res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that collect answers would hold events back.
      'X-Accel-Buffering': 'no',
    });
    this.send(Buffer.from(`retry: ${RETRY_MS}\n\n`));
  }

  /** An id without an event: whoever is cut before the first event resumes from here. */
  mark(position: number): void {
    this.position = position;
    this.send(Buffer.from(`id: ${position}\n\n`));
  }

  /** What was asked for is not there any more: read everything anew, and go on from here. */
  reset(position: number): void {
    this.position = position;
    this.send(Buffer.from(`event: reset\nid: ${position}\ndata: {"reason":"EVENTS_NOT_KEPT"}\n\n`));
  }

  heartbeat(): void {
    this.send(HEARTBEAT);
  }

  send(frame: Buffer): void {
    if (!this.open) return;
    const { maxUnsentBytes = MAX_UNSENT_BYTES } = this.limits;
    if (this.res.writableLength > maxUnsentBytes) return this.drop();
    this.res.write(frame);
  }

  /** Resolves when there is room again, or nobody to send to. Who does not read for long is dropped. */
  async drained(): Promise<void> {
    if (!this.open || !this.res.writableNeedDrain) return;
    const gone = new AbortController();
    const stop = () => gone.abort();
    const timer = setTimeout(() => this.drop(), DRAIN_TIMEOUT_MS);
    this.res.once('close', stop);
    await once(this.res, 'drain', { signal: gone.signal }).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    });
    clearTimeout(timer);
    this.res.off('close', stop);
  }

  /** In order: the client has all that was sent, and comes again if it may. */
  end(): void {
    if (!this.open) return;
    this.open = false;
    const late = setTimeout(() => this.res.destroy(), this.limits.endTimeoutMs ?? END_TIMEOUT_MS);
    this.res.once('close', () => clearTimeout(late));
    this.res.end();
  }

  /** At once: what is unsent is lost here, and sent again when the client resumes. */
  drop(): void {
    this.open = false;
    this.res.destroy();
  }
}

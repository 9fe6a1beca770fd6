import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/**
 * A socket without a network, as far as RtmpConnection uses one: what is delivered is told at once, or when it is resumed.
 * A hundred times as fast as a real one, and the same each time.
 */
export class MemorySocket extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  written = 0;
  private paused = false;
  private closed = false;
  private readonly waiting: Buffer[] = [];

  /** `reads`: the peer fetches what it is sent. */
  constructor(private readonly reads: boolean) {
    super();
  }

  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  deliver(bytes: Buffer): void {
    if (this.destroyed) return;
    if (this.paused) this.waiting.push(bytes);
    else this.emit('data', bytes);
  }

  /** The peer is gone: with a FIN, or with a reset. */
  hangUp(how: 'fin' | 'reset'): void {
    if (this.destroyed) return;
    if (how === 'fin') this.emit('end');
    else this.emit('error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    this.destroy();
  }

  write(bytes: Buffer): boolean {
    if (this.destroyed) return false;
    this.written += bytes.length;
    if (!this.reads) this.writableLength += bytes.length;
    return this.reads;
  }

  end(): void {
    // Our half; the peer's goes on until it hangs up.
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    process.nextTick(() => {
      if (this.closed) return;
      this.closed = true;
      this.emit('close');
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.paused && !this.destroyed && this.waiting.length > 0)
      this.emit('data', this.waiting.shift()!);
  }

  cork(): void {}

  uncork(): void {}
}

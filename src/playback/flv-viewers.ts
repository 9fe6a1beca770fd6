import { AddressCounter } from '../domain/address-counter';
import type { FlvViewer } from './flv-viewer';

/** All HTTP-FLV viewers of a server: their number is bounded, and they end with it. */
export class FlvViewers {
  private readonly counter: AddressCounter;
  private readonly viewers = new Set<FlvViewer>();

  constructor(maxTotal: number, maxPerAddress: number) {
    this.counter = new AddressCounter(maxTotal, maxPerAddress);
  }

  get size(): number {
    return this.counter.size;
  }

  /** Takes a place. Returns its release (safe twice), or which bound is reached. */
  take(remoteAddress: string | undefined): (() => void) | 'total' | 'address' {
    return this.counter.take(remoteAddress);
  }

  add(viewer: FlvViewer): void {
    this.viewers.add(viewer);
  }

  remove(viewer: FlvViewer): void {
    this.viewers.delete(viewer);
  }

  /** The server stops; the feeds may go on. */
  endAll(): void {
    for (const viewer of [...this.viewers]) viewer.close('ended');
  }
}

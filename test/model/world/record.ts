import type { RoomState } from '../../../src/domain/video-room/machine';

interface Written {
  transitionNumber: number;
  from: string;
  to: string;
}

/** One entity's queue of writes: in order, each once, with a number that rises by one and a chain of states. */
export class WriteQueue<R extends Written> {
  private readonly waiting: R[] = [];
  writtenNumber = 0;
  state: string;

  constructor(
    private readonly name: string,
    initial: string,
  ) {
    this.state = initial;
  }

  push(records: readonly R[]): void {
    this.waiting.push(...records);
  }

  get next(): R | undefined {
    return this.waiting[0];
  }

  writeNext(): void {
    const record = this.waiting.shift();
    if (!record) return;
    if (record.transitionNumber !== this.writtenNumber + 1) {
      throw new Error(`${this.name}: ${record.transitionNumber} written after ${this.writtenNumber}`);
    }
    if (record.from !== this.state)
      throw new Error(`${this.name}: written from ${record.from} but is ${this.state}`);
    this.writtenNumber = record.transitionNumber;
    this.state = record.to;
  }
}

export const isLive = (state: string): boolean =>
  state === ('LIVE' satisfies RoomState) || state === ('LIVE_INACTIVE' satisfies RoomState);

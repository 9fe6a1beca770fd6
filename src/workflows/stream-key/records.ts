import { condition, workflowInfo } from '@temporalio/workflow';
import { EffectQueue } from '../effect-queue';
import { mainActivities } from '../proxies';
import type { StreamKeyRecord } from './effects';

/** The key's transitions on their way into Postgres, one at a time and in order. */
export class Records {
  private readonly queue = new EffectQueue<StreamKeyRecord>((record) => this.write(record));
  private writtenNumber = 0;

  /** `onWritten` is called after each write. */
  constructor(private readonly onWritten: () => void) {}

  /** What a run begins with is written already. */
  beginAt(transitionNumber: number): void {
    this.writtenNumber = transitionNumber;
  }

  push(record: StreamKeyRecord): void {
    this.queue.push(record);
  }

  get drained(): boolean {
    return this.queue.drained;
  }

  /** Runs until `isOver` says so and nothing is left. */
  run(isOver: () => boolean): Promise<void> {
    return this.queue.run(isOver);
  }

  has(transitionNumber: number): boolean {
    return this.writtenNumber >= transitionNumber;
  }

  async written(transitionNumber: number): Promise<void> {
    await condition(() => this.has(transitionNumber));
  }

  private async write(record: StreamKeyRecord): Promise<void> {
    const { runId } = workflowInfo();
    const summary = `${record.from} → ${record.to}, ${record.reason}`;
    await mainActivities.recordTransition.executeWithOptions({ summary }, [{ ...record, runId }]);
    this.writtenNumber = record.transitionNumber;
    this.onWritten();
  }
}

import { condition } from '@temporalio/workflow';
import { mainActivities } from '../proxies';

/** The new secrets that a key's run has made, and is making. */
export class Rotations {
  private running = 0;
  private version = 0;

  constructor(private readonly streamKeyId: number) {}

  get areDone(): boolean {
    return this.running === 0;
  }

  /** The version that a run begins with is there already. */
  beginAt(version: number): void {
    this.version = version;
  }

  /** Gives the key the secret of that version. Retried until it is written. */
  async make(toVersion: number): Promise<void> {
    this.running += 1;
    const { streamKeyId } = this;
    const summary = `key version ${toVersion}`;
    await mainActivities.rotateStreamKey.executeWithOptions({ summary }, [{ streamKeyId, toVersion }]);
    this.version = Math.max(this.version, toVersion);
    this.running -= 1;
  }

  async reached(version: number): Promise<void> {
    await condition(() => this.version >= version);
  }
}

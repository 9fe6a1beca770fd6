import { statfs } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../logger';

/** A full 12 Mbit/s session writes 4 MB a second in all its copies: looked at often enough, and it costs nothing. */
const LOOK_INTERVAL_MS = 5_000;

/** Watches the free space below a folder. */
export class DiskWatch {
  private low = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly root: string,
    private readonly minFreeBytes: number,
    private readonly log: Logger,
  ) {}

  get isLow(): boolean {
    return this.low;
  }

  /** Looks once, then every 5 s until `stop`. */
  async start(): Promise<void> {
    await this.look();
    this.timer ??= setInterval(() => void this.look(), LOOK_INTERVAL_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  async look(): Promise<void> {
    try {
      let folder = this.root;
      while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
      const { bavail, bsize } = await statfs(folder);
      const wasLow = this.low;
      this.low = bavail * bsize < this.minFreeBytes;
      if (this.low !== wasLow) this.log.warn({ freeBytes: bavail * bsize, low: this.low }, 'free disk space');
    } catch (error) {
      this.log.warn({ err: error }, 'free disk space can not be read');
    }
  }
}

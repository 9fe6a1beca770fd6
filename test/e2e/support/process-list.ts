import { readdirSync, readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Command lines of all processes that ran while it looked: what any account of the machine can see. */
export class ProcessList {
  readonly commands = new Set<string>();
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  private look(): void {
    for (const pid of readdirSync('/proc')) {
      if (/^\d+$/.test(pid)) this.commands.add(commandOf(pid));
    }
  }

  stop(): void {
    this.look();
    clearInterval(this.timer);
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    // It ended between the listing and the reading.
    return '';
  }
}

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

interface PidNote extends ProcessIdentity {
  name: string;
  stopSignal: NodeJS.Signals;
}

/** What a left-over process gets to end by itself, all of them side by side; roles notice by themselves that we were gone. */
const ORPHAN_STOP_DEADLINE_MS = 5_000;
const ORPHAN_LOOK_EVERY_MS = 50;
/** Between SIGKILL and the end of the process. */
const KILL_DEADLINE_MS = 2_000;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Nobody tells the end of a process that is not our child, so it is looked at. */
async function gone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isRunning(identity)) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, ORPHAN_LOOK_EVERY_MS));
  }
  return true;
}

/**
 * Notes on disk which processes a supervisor started, so that the next start finds those that a killed one left behind:
 * a Postgres or a Temporal that still has our files open.
 */
export class PidFiles {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  private file = (name: string): string => join(this.folder, `${name}.json`);

  write(name: string, pid: number, stopSignal: NodeJS.Signals): void {
    const identity = identityOf(pid);
    // It ended at once; its exit is told elsewhere.
    if (!identity) return;
    const note: PidNote = { ...identity, name, stopSignal };
    writeFileSync(this.file(name), JSON.stringify(note));
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  private read(file: string): PidNote | null {
    try {
      return JSON.parse(readFileSync(join(this.folder, file), 'utf8')) as PidNote;
    } catch (error) {
      // Cut off by the death of its writer: it names nobody.
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Ends what an earlier start left running, each checked to be the very process that was noted. */
  async endOrphans(onFound: (name: string, pid: number) => void): Promise<void> {
    const files = readdirSync(this.folder).filter((file) => file.endsWith('.json'));
    const orphans = files
      .map((file) => this.read(file))
      .filter((note) => note !== null && isRunning(note)) as PidNote[];
    await Promise.all(
      orphans.map(async (orphan) => {
        onFound(orphan.name, orphan.pid);
        signal(orphan.pid, orphan.stopSignal);
        if (await gone(orphan, ORPHAN_STOP_DEADLINE_MS)) return;
        signal(-orphan.pid, 'SIGKILL');
        if (!(await gone(orphan, KILL_DEADLINE_MS)))
          throw new Error(`${orphan.name} (pid ${orphan.pid}) can't be ended`);
      }),
    );
    for (const file of files) rmSync(join(this.folder, file), { force: true });
  }
}

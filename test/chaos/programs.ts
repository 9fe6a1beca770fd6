import { readdirSync, readFileSync } from 'node:fs';
import type { Processes } from '../support/processes';

interface Running {
  pid: number;
  parent: number;
  session: number;
  name: string;
}

/** All processes of this machine, from /proc. */
function running(): Running[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const end = stat.lastIndexOf(')');
        const [state, parent, , session] = stat.slice(end + 2).split(' ');
        const name = stat.slice(stat.indexOf('(') + 1, end);
        // A zombie has ended; only its parent has not looked yet.
        if (state === 'Z') return [];
        return [{ pid: Number(pid), parent: Number(parent), session: Number(session), name }];
      } catch {
        // It ended between the listing and the reading.
        return [];
      }
    });
}

/** The ffmpegs that the media node and the archiver run, also those of a role that is dead: each role is a session of its own. */
export class Programs {
  private readonly rolePids = new Set<number>();

  constructor(private readonly processes: Processes) {}

  /** Notes the roles' pids of now: before each kill, so that what one leaves behind is known as its own. */
  note(): void {
    for (const role of ['media', 'archiver'] as const) {
      const pid = this.processes.pidOf(role);
      if (pid !== null) this.rolePids.add(pid);
    }
  }

  packagers(): number[] {
    const media = this.processes.pidOf('media');
    return running()
      .filter(({ name, parent }) => name === 'ffmpeg' && parent === media)
      .map(({ pid }) => pid);
  }

  /** ffmpeg and ffprobe of ours that run now, whoever started them. */
  tools(): number[] {
    this.note();
    return running()
      .filter(({ name, session }) => /^ff(mpeg|probe)$/.test(name) && this.rolePids.has(session))
      .map(({ pid }) => pid);
  }
}

const ESTABLISHED = '01';
const CLOSE_WAIT = '08';

/** Connections of others to a port of ours that are open at our end. */
export function openSockets(port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local, , state]) => local?.endsWith(wanted) && [ESTABLISHED, CLOSE_WAIT].includes(state ?? ''),
    ).length;
}

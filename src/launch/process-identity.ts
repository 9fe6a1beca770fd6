import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Names one process for good: pids are given again, a pid with its start time is not. */
export interface ProcessIdentity {
  pid: number;
  startedAt: string;
}

/** Fields of /proc/<pid>/stat behind the command's name, which may itself hold anything: state, and start in clock ticks. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

function fromProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie is dead; only nobody has collected it yet.
  if (fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return null;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${fields[START_TIME_FIELD]}`;
}

function fromPs(pid: number): string | null {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() ||
      null
    );
  } catch {
    return null;
  }
}

/** The identity of a running process; null when there is none with this pid. */
export function identityOf(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** True while exactly that process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startedAt === identity.startedAt;
}

import { readFileSync, readdirSync } from 'node:fs';

interface ProcessFacts {
  pid: number;
  parent: number;
  /** Its arguments, with spaces between. */
  args: string;
}

/** All processes of this machine, from /proc: not every machine has `ps`. */
export function processes(): ProcessFacts[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => factsOf(Number(name)) ?? []);
}

function factsOf(pid: number): ProcessFacts | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, parent: Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]), args };
  } catch (error) {
    // It ended while it was looked at.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

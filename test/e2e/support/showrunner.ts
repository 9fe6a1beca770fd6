import { readFileSync } from 'node:fs';
import { startProcesses, type Processes } from '../../support/processes';

/** The real thing, as `npm start` runs it: the supervisor and its roles as processes, on free ports in a folder of its own. */
export interface Showrunner extends Pick<
  Processes,
  'addresses' | 'dataDir' | 'credentials' | 'pid' | 'pidOf' | 'output'
> {
  /** What a process needs to find it. */
  env: NodeJS.ProcessEnv;
  databaseUrl(): string;
  stop(): Promise<void>;
}

export async function startShowrunner(): Promise<Showrunner> {
  const processes = await startProcesses();
  return {
    ...processes,
    env: { ...process.env, ...processes.env },
    databaseUrl: () => roleVariable(processes.pid, 'DATABASE_URL'),
    stop: () => processes.remove(),
  };
}

/** The supervisor tells its roles the database's address in their environment, and nobody else. */
export function roleVariable(supervisor: number, name: string): string {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ');
  for (const pid of children) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const found = environment.find((entry) => entry.startsWith(`${name}=`));
    if (found && found.length > name.length + 1) return found.slice(name.length + 1);
  }
  throw new Error(`no role of ${supervisor} has ${name}`);
}

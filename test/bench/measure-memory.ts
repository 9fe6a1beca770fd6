import { until } from '../support/until';
import { residentKib } from './memory';
import type { Results } from './results';
import type { Stage } from './stage';

const PROGRAMS = ['api', 'worker', 'media', 'archiver', 'temporal'] as const;
const MEMBERS = 100;
const CREATED_AT_ONCE = 10;
/** Visibility is written behind the workflows. */
const SHOWN_TIMEOUT_MS = 60_000;

/** Resident memory of each role before and after so many scheduled rooms. The stage is fresh: nothing else has happened on it. */
export async function measureMemory(stage: Stage, results: Results, rooms: number): Promise<void> {
  const members = await Promise.all(Array.from({ length: Math.min(MEMBERS, rooms) }, () => stage.member()));
  const before = await memoryOf(stage);
  let created = 0;
  const create = async (): Promise<void> => {
    while (created < rooms) {
      created += 1;
      await stage.room(members[created % members.length]!);
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, create));
  // A room that shows its state has done its first task.
  const shown = async (): Promise<number> =>
    (await stage.temporal.workflow.count("RoomState = 'SCHEDULED'")).count;
  await until(async () => (await shown()) >= rooms, { timeoutMs: SHOWN_TIMEOUT_MS, what: `${rooms} rooms` });
  const after = await memoryOf(stage);
  for (const [process, beforeKib] of before)
    results.memory.push({ process, beforeKib, afterKib: after.get(process) ?? 0, rooms });
}

async function memoryOf({ processes }: Stage): Promise<Map<string, number>> {
  const pids = PROGRAMS.flatMap((name) => {
    const pid = processes.pidOf(name);
    return pid === null ? [] : [{ name, pid }];
  });
  const kib = await residentKib(pids.map(({ pid }) => pid));
  return new Map(pids.map(({ name, pid }) => [name, kib.get(pid) ?? 0]));
}

import type { Part } from '../support/stack-protocol';
import type { ProgramName } from '../support/processes';
import { until } from '../support/until';
import { isAway, type Victim } from './plan';
import { takesConnections } from './servers';
import type { Stage } from './stage';

const AWAY_MS = 60_000;
/** A server that replays its log, a role whose turn is delayed by earlier deaths (5 s at most), on two busy cores. */
const BACK_TIMEOUT_MS = 60_000;

/** A victim that was killed. Times by the wall clock. */
export interface Outage {
  victim: Victim;
  killedAt: number;
  /** Resolves when it does its work again, with the time. */
  back: Promise<number>;
}

const PARTS: Partial<Record<Victim, Part>> = {
  temporal: 'temporal',
  postgres: 'postgres',
  'media+temporal': 'temporal',
  'temporal-away': 'temporal',
  'postgres-away': 'postgres',
};
const ROLES: Partial<Record<Victim, ProgramName>> = {
  api: 'api',
  worker: 'worker',
  media: 'media',
  archiver: 'archiver',
  'media+temporal': 'media',
};

export const killsMedia = (victim: Victim): boolean => ROLES[victim] === 'media';
export const partOf = (victim: Victim): Part | null => PARTS[victim] ?? null;

const timesBack = (stage: Stage, role: string): number =>
  stage.processes.output().split(`${role} is back`).length - 1;

const within = (what: string) => ({ timeoutMs: BACK_TIMEOUT_MS, what });

async function killRole(stage: Stage, role: ProgramName): Promise<() => Promise<void>> {
  const pid = await until(() => stage.processes.pidOf(role), within(`${role} to run`));
  const before = timesBack(stage, role);
  process.kill(pid, 'SIGKILL');
  return async () => {
    await until(() => timesBack(stage, role) > before, within(`${role} to be back`));
    const port = role === 'media' ? stage.ports.rtmp : null;
    if (port) await until(() => takesConnections('127.0.0.1', port), within('the RTMP port'));
  };
}

async function killPart(stage: Stage, part: Part, away: boolean): Promise<() => Promise<void>> {
  const { servers } = stage;
  if (!away) await servers.crash(part);
  else await servers.takeAway(part);
  return async () => {
    if (away) {
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
      await servers.bringBack(part);
    }
    await until(() => servers.isUp(part), within(`${part} to be back`));
    const asked = part === 'postgres' ? () => stage.rows.ping() : () => stage.workflows.ping();
    await until(asked, within(`${part} to answer`));
  };
}

async function killPackagers(stage: Stage): Promise<() => Promise<void>> {
  const pids = stage.programs.packagers();
  if (pids.length === 0) throw new Error('no ffmpeg of the packager runs');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return async () => {
    await until(
      () => pids.every((pid) => !stage.programs.packagers().includes(pid)),
      within('ffmpeg to be gone'),
    );
  };
}

/** SIGKILL to the victim, now. */
export async function strike(stage: Stage, victim: Victim): Promise<Outage> {
  stage.programs.note();
  const killedAt = Date.now();
  const part = PARTS[victim];
  const role = ROLES[victim];
  const none = Promise.resolve(null);
  const waits = await Promise.all([
    part ? killPart(stage, part, isAway(victim)) : none,
    role ? killRole(stage, role) : none,
    victim === 'ffmpeg' ? killPackagers(stage) : none,
  ]);
  const back = Promise.all(waits.map(async (wait) => wait?.())).then(() => Date.now());
  // Whoever waits for it is told; until then it must not end the process.
  back.catch(() => undefined);
  return { victim, killedAt, back };
}

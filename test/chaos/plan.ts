import { Dice } from '../fuzz/dice';

export const VICTIMS = [
  'api',
  'worker',
  'media',
  'archiver',
  'ffmpeg',
  'temporal',
  'postgres',
  'media+temporal',
  'temporal-away',
  'postgres-away',
] as const;
export type Victim = (typeof VICTIMS)[number];

export const MOMENTS = [
  'SCHEDULED',
  'publishing',
  'ACTIVE_PREP',
  'ACTIVE',
  'goLive',
  'LIVE',
  'drop',
  'ACTIVE_LIVE_PREP',
  'endBroadcast',
  'forceEnd',
  'archiving',
] as const;
export type MomentName = (typeof MOMENTS)[number];

export interface Cell {
  victim: Victim;
  moment: MomentName;
}

/** One kill, and the rooms that go through it, each at its own moment. */
export interface Round {
  index: number;
  victim: Victim;
  moments: MomentName[];
}

/** Rooms that go through one kill together; more would share their kills, fewer would take longer. */
const ROOMS_PER_KILL = 6;
/** Each has a transcoder of its own, on two cores. */
const TRANSCODED_ROOMS_PER_KILL = 3;

/** The packager's ffmpeg runs only while a session brings media; in these moments there is none to kill. */
const WITHOUT_PACKAGER: readonly MomentName[] = [
  'SCHEDULED',
  'publishing',
  'drop',
  'endBroadcast',
  'archiving',
];

export const isAway = (victim: Victim): boolean => victim.endsWith('-away');

export const exists = ({ victim, moment }: Cell): boolean =>
  victim !== 'ffmpeg' || !WITHOUT_PACKAGER.includes(moment);

export const ALL_CELLS: readonly Cell[] = VICTIMS.flatMap((victim) =>
  MOMENTS.map((moment) => ({ victim, moment })).filter(exists),
);

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const left = [...items];
  return items.map(() => left.splice(dice.below(left.length), 1)[0]!);
}

function roomsPerKill(victim: Victim): number {
  // An outage of a minute serves all moments.
  if (isAway(victim)) return MOMENTS.length;
  return victim === 'ffmpeg' ? TRANSCODED_ROOMS_PER_KILL : ROOMS_PER_KILL;
}

function inChunks<T>(items: T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  const size = Math.ceil(items.length / Math.max(1, count));
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/**
 * At least `runs` runs over `cells`, each cell as often as every other: sweeps over all of them, until enough. The seed alone
 * decides who is with whom and in what order.
 */
export function planRounds(options: { cells: readonly Cell[]; runs: number; seed: number }): Round[] {
  const { cells, runs, seed } = options;
  const rounds: Omit<Round, 'index'>[] = [];
  let planned = 0;
  for (let sweep = 0; planned < runs && cells.length > 0; sweep++) {
    const dice = new Dice(seed, sweep);
    const victims = VICTIMS.filter((victim) => cells.some((cell) => cell.victim === victim));
    const chunks = victims.flatMap((victim) => {
      const moments = cells.filter((cell) => cell.victim === victim).map(({ moment }) => moment);
      const chunked = inChunks(shuffled(moments, dice), roomsPerKill(victim));
      return chunked.map((chunk) => ({ victim, moments: chunk }));
    });
    rounds.push(...shuffled(chunks, dice));
    planned += cells.length;
  }
  return rounds.map((round, index) => ({ ...round, index }));
}

import { UsageError } from '../support/run-tool';
import { TIME_ROWS, type TimeRowId } from './rows';

/** How often each measurement runs. */
export interface Counts {
  starts: number;
  apiSeconds: number;
  listedRooms: number;
  listRequests: number;
  publishes: number;
  goLives: number;
  rtmpShows: number;
  cmafShows: number;
  reconnectShows: number;
  reconnects: number;
  batchesOfTen: number;
  scheduledRooms: number;
}

/** About twenty minutes on two quiet cores. A p99 needs a hundred. */
export const WHOLE: Counts = {
  starts: 3,
  apiSeconds: 30,
  listedRooms: 100_000,
  listRequests: 100,
  publishes: 100,
  goLives: 200,
  rtmpShows: 30,
  cmafShows: 15,
  reconnectShows: 3,
  reconnects: 10,
  batchesOfTen: 10,
  scheduledRooms: 1_000,
};

/** Does it run at all: about a minute. The figures mean nothing. */
export const QUICK: Counts = {
  starts: 1,
  apiSeconds: 4,
  listedRooms: 1_000,
  listRequests: 5,
  publishes: 5,
  goLives: 3,
  rtmpShows: 3,
  cmafShows: 2,
  reconnectShows: 1,
  reconnects: 3,
  batchesOfTen: 1,
  scheduledRooms: 50,
};

/** What can be asked for by `--only`, and the rows that come of it. */
export const MEASUREMENTS = {
  start: ['start-first', 'start-later'],
  memory: [],
  api: ['api-read', 'api-write'],
  lists: ['list-first', 'list-last', 'list-keyword'],
  publish: ['publish-first', 'publish-later'],
  sequence: ['golive-sequence'],
  rtmp: ['active-rtmp', 'golive-rtmp', 'inactive-rtmp', 'vod-rtmp'],
  reconnects: ['resume'],
  cmaf: ['publish-cmaf', 'active-cmaf', 'golive-cmaf', 'inactive-cmaf', 'vod-cmaf'],
  many: ['golive-ten', 'forced'],
} as const satisfies Record<string, readonly TimeRowId[]>;
export type Measurement = keyof typeof MEASUREMENTS;

/** The measurements that `only` names, by their own name or by one of their rows; all for null. Throws for a name that is neither. */
export function measurementsOf(only: string | null): Set<Measurement> {
  const all = Object.keys(MEASUREMENTS) as Measurement[];
  if (only === null) return new Set(all);
  const named = all.filter((one) => {
    const rows: readonly string[] = MEASUREMENTS[one];
    return one === only || rows.includes(only);
  });
  if (named.length === 0) {
    const names = [...all, ...TIME_ROWS.map(({ id }) => id)].join(', ');
    throw new UsageError(`--only takes one of ${names}`);
  }
  return new Set(named);
}

/** What `npm run bench` measures. Times are milliseconds. */
export interface TimeRow<Id extends string = string> {
  id: Id;
  name: string;
  /** Null: told, not judged. */
  goal: { percent: 95 | 99; maxMs: number } | null;
  /** What the peer did beside it, in the same run, one measurement each in turn. */
  peer: string | null;
}

const p95 = (maxMs: number): TimeRow['goal'] => ({ percent: 95, maxMs });
const row = <const Id extends string>(
  id: Id,
  name: string,
  goal: TimeRow['goal'],
  peer: string | null = null,
): TimeRow<Id> => ({ id, name, goal, peer });

export const STOCK = 'node-media-server 4.4.3';
export const FLOOR = 'Update + insert';
const DROP_TO_INACTIVE_MS = 500;
const END_TO_VOD_MS = 2_000;

/** In the order of the table. Goals are the ones of the design. */
export const TIME_ROWS = [
  row('start-first', 'start of the whole stack, empty data folder', null),
  row('start-later', 'start of the whole stack, later ones', null),
  row('api-read', 'API: a read, at 50 requests a second', p95(50)),
  row('api-write', 'API: a write, at 50 requests a second', p95(100)),
  row('list-first', 'list of 100,000 rooms: the first page', p95(50)),
  row('list-last', 'list of 100,000 rooms: the last page', p95(200)),
  row('list-keyword', 'list of 100,000 rooms: a search', p95(200)),
  row('publish-first', "publish accepted, a key's very first run", p95(150), STOCK),
  row('publish-later', 'publish accepted, later ones', p95(150), STOCK),
  row('publish-cmaf', "publish accepted, CMAF, a key's very first run", p95(150)),
  row('active-rtmp', 'publish → ACTIVE, RTMP mode', p95(500)),
  row('active-cmaf', 'publish → ACTIVE, CMAF', p95(3_000)),
  row('golive-rtmp', 'goLive, RTMP mode', p95(200), FLOOR),
  row('golive-sequence', 'goLive, RTMP mode, in sequence and alone', p95(200), FLOOR),
  row('golive-cmaf', 'goLive, CMAF', p95(200), FLOOR),
  row('golive-ten', '10 goLive at once, until the last answer', p95(1_000), `10 × ${FLOOR}`),
  row('inactive-rtmp', 'FIN → LIVE_INACTIVE, RTMP mode', p95(DROP_TO_INACTIVE_MS)),
  row('inactive-cmaf', 'FIN → LIVE_INACTIVE, CMAF', p95(DROP_TO_INACTIVE_MS)),
  row('resume', 'publish → LIVE again after a drop, RTMP mode', null),
  row('forced', 'forced end → socket dead', { percent: 99, maxMs: 1_000 }),
  row('vod-rtmp', 'end → VOD playable, RTMP mode', p95(END_TO_VOD_MS)),
  row('vod-cmaf', 'end → VOD playable, CMAF', p95(END_TO_VOD_MS)),
];

export type TimeRowId = (typeof TIME_ROWS)[number]['id'];

import type { RoomAnswer } from '../../src/demo/api-client';
import { until } from '../support/until';
import { collectBudgets, type Asked } from './budget/collect';
import type { Floor } from './floor/floor';
import { eventsOf } from './history-events';
import type { Publisher } from './publisher';
import type { Results } from './results';
import type { Member, Mode, Stage } from './stage';
import { playVod } from './vod';

/** Longer than the 2 s between two key frames: the recording has at least one whole segment. */
const LIVE_MS = 2_500;
const ARCHIVED_TIMEOUT_MS = 60_000;

const ROWS = {
  RTMP: { active: 'active-rtmp', goLive: 'golive-rtmp', inactive: 'inactive-rtmp', vod: 'vod-rtmp' },
  CMAF: { active: 'active-cmaf', goLive: 'golive-cmaf', inactive: 'inactive-cmaf', vod: 'vod-cmaf' },
} as const;

export interface Show {
  stage: Stage;
  results: Results;
  floor: Floor;
  mode: Mode;
}

/** Whole shows, one after another, each of a member that never published: how most shows begin. */
export async function measureShows(show: Show, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await playShow(show, { reconnects: 0, countEvents: i < 3 });
}

/** Shows whose encoder leaves and comes back. resume: from its publish command to LIVE in the record. */
export async function measureReconnects(show: Show, count: number, reconnects: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await playShow(show, { reconnects, countEvents: true });
}

async function playShow(
  show: Show,
  { reconnects, countEvents }: { reconnects: number; countEvents: boolean },
): Promise<void> {
  const { stage, results, floor, mode } = show;
  const rows = ROWS[mode];
  const member = await stage.member();
  const room = await stage.room(member);
  const { streamKeyId } = member;
  let publisher = await stage.publish(member, mode);
  try {
    if (mode === 'CMAF') results.time('publish-cmaf', publisher.acceptMs);
    publisher.play(stage.clip);
    const activeAt = await stage.commits.reached('streamKey', streamKeyId, 'ACTIVE', publisher.sentAt);
    results.time(rows.active, activeAt - publisher.sentAt);
    await floor.measure(rows.goLive, results);
    const publish = { askedAt: publisher.sentAt, answeredAt: publisher.acceptedAt };
    const live = await goLive(show, room);
    results.time(rows.goLive, live.answeredAt - live.askedAt);
    await collectBudgets(stage, results, { mode, member, room, publish, goLive: live });
    for (let i = 0; i < reconnects; i += 1) publisher = await reconnect(show, member, room, publisher);
    const since = performance.now();
    await until(() => performance.now() - since > LIVE_MS, {
      timeoutMs: 2 * LIVE_MS,
      what: 'some live time',
    });
    results.time(rows.inactive, await drop(show, room, publisher));
    results.time(rows.vod, await endShow(show, room));
  } finally {
    publisher.destroy();
  }
  if (countEvents) await count(show, member, room, reconnects);
}

/** From the request to the answer; the record is read at once and must say the same. */
export async function goLive({ stage, results }: Show, room: RoomAnswer): Promise<Asked> {
  const askedAt = performance.now();
  const answer = await stage.api.goLive(room.id);
  const answeredAt = performance.now();
  const recorded = await stage.recordedState(room);
  results.check(
    answer.videoRoomState === 'LIVE' && recorded === 'LIVE',
    `goLive of room ${room.id} answered ${answer.videoRoomState} while the record said ${recorded}`,
  );
  return { askedAt, answeredAt };
}

/** From the encoder's FIN to LIVE_INACTIVE in the record. */
async function drop({ stage }: Show, room: RoomAnswer, publisher: Publisher): Promise<number> {
  const endedAt = publisher.end();
  return (await stage.commits.reached('videoRoom', room.id, 'LIVE_INACTIVE', endedAt)) - endedAt;
}

async function reconnect(
  show: Show,
  member: Member,
  room: RoomAnswer,
  publisher: Publisher,
): Promise<Publisher> {
  await drop(show, room, publisher);
  const next = await show.stage.publish(member, show.mode);
  next.play(show.stage.clip);
  const liveAt = await show.stage.commits.reached('videoRoom', room.id, 'LIVE', next.sentAt);
  show.results.time('resume', liveAt - next.sentAt);
  return next;
}

/** From the end's request to the whole first segment of the VOD. */
async function endShow({ stage, results }: Show, room: RoomAnswer): Promise<number> {
  const askedAt = performance.now();
  const [answer] = await Promise.all([
    stage.api.end(room.id),
    stage.commits.reached('post', room.id, 'playable', askedAt),
  ]);
  const vod = await playVod(stage.api, room.id);
  const ms = performance.now() - askedAt;
  const recorded = await stage.recordedState(room);
  results.check(
    answer.videoRoomState === 'ENDED' && ['ENDED', 'ARCHIVED'].includes(recorded),
    `the end of room ${room.id} answered ${answer.videoRoomState} while the record said ${recorded}`,
  );
  results.check(vod.bytes > 0, `the VOD of room ${room.id}: ${vod.problem}`);
  return ms;
}

async function count(
  { stage, results, mode }: Show,
  member: Member,
  room: RoomAnswer,
  reconnects: number,
): Promise<void> {
  await stage.commits.reached('videoRoom', room.id, 'ARCHIVED', 0, ARCHIVED_TIMEOUT_MS);
  results.events.push({ broadcast: mode, reconnects, ...(await eventsOf(stage, member, room)) });
}

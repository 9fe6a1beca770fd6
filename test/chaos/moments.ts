import type { Asked } from './backend';
import type { Cell, MomentName, Victim } from './plan';
import type { RoomRow, KeyRow } from './rows';
import type { Show } from './show';
import { killsMedia } from './strike';

/** What the rows said right before the kill. */
export interface Seen {
  room: RoomRow;
  key: KeyRow;
}

/** How a room is brought to a moment, and how it goes on from there once the victim was killed. */
export interface Moment {
  /** Takes as long as it takes. */
  before(show: Show): Promise<void>;
  /** What can't last long, done right before the kill. */
  arm?(show: Show): Promise<void>;
  /** What the kill is to hit the middle of: begun right before it. Settles when it is through. */
  act?(show: Show): Promise<unknown>;
  /** How long before the kill `act` begins, from the first up to the second; 0 to 200 ms where absent. */
  leadMs?: readonly [number, number];
  /** Asked when all is over: did the kill hit this moment? */
  isHit(show: Show, killedAt: number, seen: Seen): boolean | Promise<boolean>;
  /** What must come by itself. Resolves when the room is where it would be without the kill. */
  recovered(show: Show, victim: Victim): Promise<void>;
  /** From there to the end of the encoder's part; absent: nothing is left to do. */
  rest?(show: Show): Promise<void>;
  ending: 'regular' | 'forced';
}

const inFlight = (asked: Asked[], at: number): boolean =>
  asked.some(({ startedAt, answeredAt }) => startedAt <= at && at < answeredAt);

const toLive = async (show: Show): Promise<void> => {
  await show.publish();
  await show.toLive();
};
const goLiveAndOn = async (show: Show): Promise<void> => {
  await show.toLive();
};
const roomAndKey =
  (roomState: string, keyState: string) =>
  (_: Show, __: number, { room, key }: Seen): boolean =>
    room.state === roomState && key.state === keyState;

async function liveAgain(show: Show, victim: Victim): Promise<void> {
  // A drop that nobody told yet: LIVE of before it would be taken for LIVE again.
  if (killsMedia(victim)) await show.backAgain();
  await show.keyIs('ACTIVE_LIVE');
  await show.roomIs('LIVE');
  if (victim === 'ffmpeg') await show.recordsAgain();
}

const SCHEDULED: Moment = {
  before: async () => undefined,
  isHit: (_, __, { room }) => room.state === 'SCHEDULED',
  recovered: async (show) => {
    await show.roomIs('SCHEDULED');
    await show.waiting('the room to answer', () =>
      show.stage.workflows.room(show.stage.appId, show.ids.roomId),
    );
  },
  rest: async (show) => {
    await show.publish();
    await show.toLive();
  },
  ending: 'regular',
};

const publishing: Moment = {
  before: async () => undefined,
  arm: (show) => show.publish('publish'),
  act: async (show) => show.encoder.line?.release(),
  leadMs: [0, 120],
  isHit: ({ encoder }, killedAt) => {
    const line = encoder.sessions[0]?.line;
    const sentAt = line?.publishSentAt ?? Infinity;
    return sentAt <= killedAt && killedAt < (line?.acceptedAt ?? Infinity);
  },
  recovered: async (show) => {
    await show.keyIs('ACTIVE');
  },
  rest: goLiveAndOn,
  ending: 'regular',
};

const ACTIVE_PREP: Moment = {
  before: async () => undefined,
  arm: async (show) => {
    await show.publish('media');
    await show.keyIs('ACTIVE_PREP');
  },
  isHit: roomAndKey('SCHEDULED', 'ACTIVE_PREP'),
  recovered: async (show) => {
    show.encoder.line?.release();
    await show.keyIs('ACTIVE');
  },
  rest: goLiveAndOn,
  ending: 'regular',
};

const ACTIVE: Moment = {
  before: async (show) => {
    await show.publish();
    await show.keyIs('ACTIVE');
  },
  isHit: roomAndKey('SCHEDULED', 'ACTIVE'),
  recovered: async (show, victim) => {
    if (killsMedia(victim)) await show.backAgain();
    await show.keyIs('ACTIVE');
  },
  rest: goLiveAndOn,
  ending: 'regular',
};

const goLive: Moment = {
  before: ACTIVE.before,
  act: (show) => show.goLive(),
  isHit: ({ commands }, killedAt) => inFlight(commands.goLive, killedAt),
  recovered: liveAgain,
  rest: async (show) => {
    await show.watch();
    await show.stayLive();
  },
  ending: 'regular',
};

const LIVE: Moment = {
  before: toLive,
  isHit: roomAndKey('LIVE', 'ACTIVE_LIVE'),
  recovered: liveAgain,
  rest: (show) => show.stayLive(),
  ending: 'regular',
};

const drop: Moment = {
  before: async (show) => {
    await toLive(show);
    await show.drop();
  },
  isHit: roomAndKey('LIVE_INACTIVE', 'INACTIVE_LIVE'),
  recovered: async (show) => {
    await show.publish();
    await show.keyIs('ACTIVE_LIVE');
    await show.roomIs('LIVE');
  },
  rest: (show) => show.stayLive(),
  ending: 'regular',
};

const ACTIVE_LIVE_PREP: Moment = {
  before: drop.before,
  arm: async (show) => {
    await show.publish('media');
    await show.keyIs('ACTIVE_LIVE_PREP');
  },
  isHit: roomAndKey('LIVE_INACTIVE', 'ACTIVE_LIVE_PREP'),
  recovered: async (show) => {
    show.encoder.line?.release();
    await show.keyIs('ACTIVE_LIVE');
    await show.roomIs('LIVE');
  },
  rest: (show) => show.stayLive(),
  ending: 'regular',
};

const endBroadcast: Moment = {
  before: async (show) => {
    await toLive(show);
    await show.drop();
  },
  act: (show) => show.end(),
  isHit: ({ commands }, killedAt) => inFlight(commands.end, killedAt),
  recovered: async (show) => {
    await show.roomIs('ENDED', 'ARCHIVED');
  },
  ending: 'regular',
};

const forceEnd: Moment = {
  before: toLive,
  act: (show) => show.force(),
  isHit: ({ commands }, killedAt) => inFlight(commands.force, killedAt),
  recovered: async (show) => {
    await show.roomIs('ENDED');
    await show.waiting('the encoder to be cut', () => (show.encoder.sessions[0]?.endedAt ?? null) !== null);
  },
  ending: 'forced',
};

const archiving: Moment = {
  before: endBroadcast.before,
  act: (show) => show.end(),
  leadMs: [400, 900],
  isHit: async ({ stage, ids }, killedAt) => {
    const events = await stage.rows.events('videoRoom', ids.roomId);
    const at = (state: string) => events.find(({ type }) => type === `VIDEO_ROOM_${state}`)?.at.getTime();
    return (at('ENDED') ?? Infinity) <= killedAt && killedAt < (at('ARCHIVED') ?? Infinity);
  },
  recovered: async (show) => {
    await show.roomIs('ARCHIVED');
  },
  ending: 'regular',
};

/** With media flowing: the packager's ffmpeg runs, and has not made a segment of every rendition yet. */
const prepWithMedia = (moment: Moment): Moment => ({
  ...moment,
  act: async (show) => show.encoder.line?.release(),
  leadMs: [600, 1_400],
});

export const momentOf = ({ victim, moment }: Cell): Moment =>
  victim === 'ffmpeg' && moment.endsWith('_PREP') ? prepWithMedia(MOMENT[moment]) : MOMENT[moment];

const MOMENT: Record<MomentName, Moment> = {
  SCHEDULED,
  publishing,
  ACTIVE_PREP,
  ACTIVE,
  goLive,
  LIVE,
  drop,
  ACTIVE_LIVE_PREP,
  endBroadcast,
  forceEnd,
  archiving,
};

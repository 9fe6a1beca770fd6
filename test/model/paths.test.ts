import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { decideStreamKey, NEW_STREAM_KEY } from '../../src/domain/stream-key/decide';
import {
  STREAM_KEY_STATES,
  streamKeyMachine,
  type StreamKeyContext,
  type StreamKeyEvent,
  type StreamKeyState,
} from '../../src/domain/stream-key/machine';
import { decideRoom, NEW_ROOM } from '../../src/domain/video-room/decide';
import {
  ROOM_STATES,
  videoRoomMachine,
  type RoomEvent,
  type RoomState,
} from '../../src/domain/video-room/machine';

/** Every path of both machines, walked again through the functions that the workflows use. */

/** What can be said to a key in one situation: the right, the late and the doubled of each. */
function keyEvents({ context }: { context: StreamKeyContext }): StreamKeyEvent[] {
  const { sessionId, epoch } = context;
  return [
    { type: 'ingestStarted', sessionId: `s${epoch + 1}`, epoch: epoch + 1 },
    { type: 'viewable', sessionId: sessionId ?? `s${epoch}`, epoch },
    { type: 'ingestStopped', sessionId: sessionId ?? `s${epoch}`, epoch },
    { type: 'ingestStopped', sessionId: `s${epoch - 1}`, epoch: null },
    { type: 'claim', roomId: 1 },
    { type: 'release', roomId: 1 },
    { type: 'forceEnd' },
  ];
}

type KeyWalk = { value: StreamKeyState; context: StreamKeyContext };

/** The epoch rises for ever, so situations are told apart by what can differ in them. */
const keySituation = (snapshot: KeyWalk): string =>
  `${snapshot.value} ${snapshot.context.sessionId ? 'publishing' : 'quiet'} ${snapshot.context.roomId ?? 'free'}`;

const keyOptions = {
  events: (snapshot: unknown) => keyEvents(snapshot as KeyWalk),
  serializeState: (snapshot: unknown) => keySituation(snapshot as KeyWalk),
} as unknown as Parameters<typeof getSimplePaths<typeof streamKeyMachine>>[1];

function walkKey(events: StreamKeyEvent[]) {
  let now = NEW_STREAM_KEY;
  for (const event of events) {
    const decision = decideStreamKey(now, event);
    if (decision.kind === 'moves') now = decision.next;
    expectConsistentKey(now);
  }
  return now;
}

/** What each state promises about its context, whatever led there. */
function expectConsistentKey({ state, context }: typeof NEW_STREAM_KEY): void {
  const publishing = state !== 'INACTIVE' && state !== 'INACTIVE_LIVE';
  const holding = state === 'ACTIVE_LIVE' || state === 'INACTIVE_LIVE' || state === 'ACTIVE_LIVE_PREP';
  expect([state, context.sessionId !== null, context.roomId !== null]).toEqual([state, publishing, holding]);
}

const withoutInit = <E extends { type: string }>(steps: { event: E }[]): E[] =>
  steps.map(({ event }) => event).filter(({ type }) => type !== 'xstate.init');

describe('every path of the stream key', () => {
  const simple = getSimplePaths(streamKeyMachine, keyOptions);

  test('there are paths to every state, and a state names its situation whole', () => {
    const reached = new Set(simple.map((path) => keySituation(path.state as unknown as KeyWalk)));
    expect([...reached].map((situation) => situation.split(' ')[0]).sort()).toEqual(
      [...STREAM_KEY_STATES].sort(),
    );
  });

  test('each simple path leads through decideStreamKey to the same state and context', () => {
    for (const path of simple) {
      const end = walkKey(withoutInit(path.steps as { event: StreamKeyEvent }[]));
      const expected = path.state as unknown as KeyWalk;
      expect(end).toEqual({ state: expected.value, context: expected.context });
    }
  });

  test('each shortest path has the length that the diagram says', () => {
    const lengths = Object.fromEntries(
      getShortestPaths(streamKeyMachine, keyOptions).map((path) => [
        (path.state as unknown as KeyWalk).value,
        withoutInit(path.steps as { event: StreamKeyEvent }[]).length,
      ]),
    );
    expect(lengths).toEqual({
      INACTIVE: 0,
      ACTIVE_PREP: 1,
      ACTIVE: 2,
      ACTIVE_LIVE: 3,
      INACTIVE_LIVE: 4,
      ACTIVE_LIVE_PREP: 5,
    });
  });

  test('from the end of every path each three further events leave a consistent key', () => {
    const further = (now: typeof NEW_STREAM_KEY, depth: number): void => {
      if (depth === 0) return;
      for (const event of keyEvents(now)) {
        const decision = decideStreamKey(now, event);
        const next = decision.kind === 'moves' ? decision.next : now;
        expectConsistentKey(next);
        further(next, depth - 1);
      }
    };
    for (const path of simple) further(walkKey(withoutInit(path.steps as { event: StreamKeyEvent }[])), 3);
  });
});

describe('every path of the video room', () => {
  const events: RoomEvent[] = [
    { type: 'goLive' },
    { type: 'cancel' },
    { type: 'keyInactiveLive' },
    { type: 'keyActiveLive' },
    { type: 'endBroadcast' },
    { type: 'forceEnd' },
    { type: 'archived' },
  ];
  const simple = getSimplePaths(videoRoomMachine, { events });

  const walkRoom = (steps: RoomEvent[]): RoomState[] => {
    const states: RoomState[] = [NEW_ROOM];
    for (const event of steps) {
      const decision = decideRoom(states.at(-1)!, event);
      if (decision.kind === 'moves') states.push(decision.next);
    }
    return states;
  };

  test('each path leads through decideRoom to the same state; there are paths to every state', () => {
    for (const path of simple) {
      expect(walkRoom(withoutInit(path.steps as { event: RoomEvent }[])).at(-1)).toBe(path.state.value);
    }
    expect([...new Set(simple.map((path) => path.state.value))].sort()).toEqual([...ROOM_STATES].sort());
  });

  test('a room that is over never comes back, whatever is said afterwards', () => {
    const over: RoomState[] = ['ENDED', 'ARCHIVED', 'CANCELLED'];
    for (const path of simple) {
      for (const first of events) {
        for (const second of events) {
          const states = walkRoom([...withoutInit(path.steps as { event: RoomEvent }[]), first, second]);
          const end = states.findIndex((state) => over.includes(state));
          if (end >= 0) expect(states.slice(end).every((state) => over.includes(state))).toBe(true);
        }
      }
    }
  });
});

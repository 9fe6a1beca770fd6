import { decideRoom, NEW_ROOM } from '../../../src/domain/video-room/decide';
import { ROOM_STATES, type RoomEvent, type RoomState } from '../../../src/domain/video-room/machine';

const EVENTS: readonly RoomEvent['type'][] = [
  'goLive',
  'cancel',
  'keyInactiveLive',
  'keyActiveLive',
  'endBroadcast',
  'forceEnd',
  'archived',
];

/** `-> STATE` moves, `~ why` is ignored, `! CODE` is refused. */
const EXPECTED: Record<RoomState, Record<RoomEvent['type'], string>> = {
  SCHEDULED: {
    goLive: '-> LIVE',
    cancel: '-> CANCELLED',
    keyInactiveLive: '~ not_now',
    keyActiveLive: '~ not_now',
    endBroadcast: '! VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    forceEnd: '-> CANCELLED',
    archived: '~ not_now',
  },
  LIVE: {
    goLive: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    cancel: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    keyInactiveLive: '-> LIVE_INACTIVE',
    keyActiveLive: '~ already_so',
    endBroadcast: '! VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    forceEnd: '-> ENDED',
    archived: '~ not_now',
  },
  LIVE_INACTIVE: {
    goLive: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    cancel: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    keyInactiveLive: '~ already_so',
    keyActiveLive: '-> LIVE',
    endBroadcast: '-> ENDED',
    forceEnd: '-> ENDED',
    archived: '~ not_now',
  },
  ENDED: {
    goLive: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    cancel: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    keyInactiveLive: '~ not_now',
    keyActiveLive: '~ not_now',
    endBroadcast: '! VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    forceEnd: '~ already_so',
    archived: '-> ARCHIVED',
  },
  ARCHIVED: {
    goLive: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    cancel: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    keyInactiveLive: '~ not_now',
    keyActiveLive: '~ not_now',
    endBroadcast: '! VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    forceEnd: '~ already_so',
    archived: '~ already_so',
  },
  CANCELLED: {
    goLive: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    cancel: '! VIDEO_ROOM_STATE_NOT_SCHEDULED',
    keyInactiveLive: '~ not_now',
    keyActiveLive: '~ not_now',
    endBroadcast: '! VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
    forceEnd: '~ already_so',
    archived: '~ not_now',
  },
};

function inWords(state: RoomState, type: RoomEvent['type']): string {
  const decision = decideRoom(state, { type });
  if (decision.kind === 'refused') return `! ${decision.code}`;
  return decision.kind === 'ignored' ? `~ ${decision.why}` : `-> ${decision.next}`;
}

describe('the video room decides every state x event pair', () => {
  for (const state of ROOM_STATES) {
    test(state, () => {
      expect(Object.fromEntries(EVENTS.map((type) => [type, inWords(state, type)]))).toEqual(EXPECTED[state]);
    });
  }

  test('a new room is SCHEDULED, and the table knows every state', () => {
    expect(NEW_ROOM).toBe('SCHEDULED');
    expect(Object.keys(EXPECTED).sort()).toEqual([...ROOM_STATES].sort());
  });
});

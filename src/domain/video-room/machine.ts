import { setup } from 'xstate';

export type RoomState = 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';

export const ROOM_STATES: readonly RoomState[] = [
  'SCHEDULED',
  'CANCELLED',
  'LIVE',
  'LIVE_INACTIVE',
  'ENDED',
  'ARCHIVED',
];

/** The recording's own state, a second field of the room (FlipFlop `vodState`). */
export type VodState = 'NOT_ARCHIVED' | 'ARCHIVING' | 'ARCHIVED' | 'FAILED_ARCHIVING';

export type RoomEvent =
  | { type: 'goLive' }
  | { type: 'cancel' }
  | { type: 'keyInactiveLive' }
  | { type: 'keyActiveLive' }
  | { type: 'endBroadcast' }
  | { type: 'forceEnd' }
  | { type: 'archived' };

/** The video room's machine, design.md section 2. A forced end before going live cancels the room. */
export const videoRoomMachine = setup({ types: {} as { events: RoomEvent } }).createMachine({
  id: 'videoRoom',
  initial: 'SCHEDULED',
  states: {
    SCHEDULED: { on: { goLive: 'LIVE', cancel: 'CANCELLED', forceEnd: 'CANCELLED' } },
    LIVE: { on: { keyInactiveLive: 'LIVE_INACTIVE', forceEnd: 'ENDED' } },
    LIVE_INACTIVE: { on: { keyActiveLive: 'LIVE', endBroadcast: 'ENDED', forceEnd: 'ENDED' } },
    ENDED: { on: { archived: 'ARCHIVED' } },
    ARCHIVED: { type: 'final' },
    CANCELLED: { type: 'final' },
  },
});

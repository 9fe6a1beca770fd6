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

export const VOD_STATES: readonly VodState[] = ['NOT_ARCHIVED', 'ARCHIVING', 'ARCHIVED', 'FAILED_ARCHIVING'];

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
    SCHEDULED: {
      description: 'Announced. Nothing is public and nothing is recorded yet.',
      on: { goLive: 'LIVE', cancel: 'CANCELLED', forceEnd: 'CANCELLED' },
    },
    LIVE: {
      description: 'On air, and recorded.',
      on: { keyInactiveLive: 'LIVE_INACTIVE', forceEnd: 'ENDED' },
    },
    LIVE_INACTIVE: {
      description:
        'The encoder is away. Goes on by itself when it is back, until somebody ends it or its reconnect window runs out.',
      on: { keyActiveLive: 'LIVE', endBroadcast: 'ENDED', forceEnd: 'ENDED' },
    },
    ENDED: {
      description: 'Over for good. Its recording becomes a VOD, unless the end was forced.',
      on: { archived: 'ARCHIVED' },
    },
    ARCHIVED: { description: 'The VOD is complete and verified.', type: 'final' },
    CANCELLED: { description: 'Called off before it went live.', type: 'final' },
  },
});

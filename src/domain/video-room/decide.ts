import { initialTransition, transition } from 'xstate';
import type { ErrorCode } from '../errors';
import type { Decision } from '../decision';
import { videoRoomMachine, type RoomEvent, type RoomState } from './machine';

/** What a command is told when the room's state does not take it. */
const REFUSALS: Partial<Record<RoomEvent['type'], ErrorCode>> = {
  goLive: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  cancel: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  endBroadcast: 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
};

/** Where a fact brings nothing new, since the room is what it says. */
const ALREADY_SO: Partial<Record<RoomEvent['type'], readonly RoomState[]>> = {
  keyActiveLive: ['LIVE'],
  keyInactiveLive: ['LIVE_INACTIVE'],
  archived: ['ARCHIVED'],
  forceEnd: ['ENDED', 'ARCHIVED', 'CANCELLED'],
};

const [initial] = initialTransition(videoRoomMachine);
export const NEW_ROOM: RoomState = initial.value;

/**
 * Decides one event of a room. Commands that don't fit are refused; facts that don't fit, and a forced end of a room that
 * is over, are ignored. That a message of the key is newer than what the room knows is checked by its number, before this.
 */
export function decideRoom(state: RoomState, event: RoomEvent): Decision<RoomState> {
  const snapshot = videoRoomMachine.resolveState({ value: state, context: {} });
  if (snapshot.can(event)) {
    const [next] = transition(videoRoomMachine, snapshot, event);
    return { kind: 'moves', next: next.value };
  }
  const code = REFUSALS[event.type];
  if (code) return { kind: 'refused', code };
  return { kind: 'ignored', why: ALREADY_SO[event.type]?.includes(state) ? 'already_so' : 'not_now' };
}

import { transition } from 'xstate';
import type { ErrorCode } from '../errors';
import type { Decision } from '../stream-key/decide';
import { videoRoomMachine, type RoomEvent, type RoomState } from './machine';

/** What a command is told when the room's state does not take it. */
const REFUSALS: Partial<Record<RoomEvent['type'], ErrorCode>> = {
  goLive: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  cancel: 'VIDEO_ROOM_STATE_NOT_SCHEDULED',
  endBroadcast: 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE',
};

/** Decides one event of a room. Commands that don't fit are refused; facts that don't fit, and a forced end of an ended room, are ignored. */
export function decideRoom(state: RoomState, event: RoomEvent): Decision<RoomState> {
  const snapshot = videoRoomMachine.resolveState({ value: state, context: {} });
  if (snapshot.can(event)) {
    const [next] = transition(videoRoomMachine, snapshot, event);
    return { kind: 'moves', next: next.value };
  }
  const code = REFUSALS[event.type];
  return code ? { kind: 'refused', code } : { kind: 'ignored', why: 'already_so' };
}

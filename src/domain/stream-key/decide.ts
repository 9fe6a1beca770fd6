import { transition } from 'xstate';
import type { ErrorCode } from '../errors';
import {
  isCurrentSession,
  streamKeyMachine,
  type StreamKeyContext,
  type StreamKeyEvent,
  type StreamKeyState,
} from './machine';

/** A stream key as plain JSON: what workflows keep and rows mirror. */
export interface StreamKeySnapshot {
  state: StreamKeyState;
  context: StreamKeyContext;
}

export const NEW_STREAM_KEY: StreamKeySnapshot = {
  state: 'INACTIVE',
  context: { sessionId: null, epoch: 0, roomId: null },
};

/** Every state x event pair is one of these: it moves, it is ignored and counted, or it is refused with a code. */
export type Decision<Snapshot> =
  | { kind: 'moves'; next: Snapshot }
  | { kind: 'ignored'; why: 'stale_session' | 'already_so' }
  | { kind: 'refused'; code: ErrorCode };

/** Decides one event. Pure; the machine alone says what moves, the rest only names why nothing did. */
export function decideStreamKey(now: StreamKeySnapshot, event: StreamKeyEvent): Decision<StreamKeySnapshot> {
  const snapshot = streamKeyMachine.resolveState({ value: now.state, context: now.context });
  if (snapshot.can(event)) {
    const [next] = transition(streamKeyMachine, snapshot, event);
    return { kind: 'moves', next: { state: next.value, context: next.context } };
  }
  return whyNot(now, event);
}

function whyNot(now: StreamKeySnapshot, event: StreamKeyEvent): Decision<StreamKeySnapshot> {
  switch (event.type) {
    case 'ingestStarted':
      if (event.sessionId === now.context.sessionId) return { kind: 'ignored', why: 'already_so' };
      return { kind: 'refused', code: event.epoch > now.context.epoch ? 'STREAM_KEY_BUSY' : 'SESSION_ENDED' };
    case 'viewable':
      return { kind: 'ignored', why: isCurrentSession(now.context, event) ? 'already_so' : 'stale_session' };
    case 'ingestStopped':
      return { kind: 'ignored', why: 'stale_session' };
    case 'claim':
      if (event.roomId === now.context.roomId) return { kind: 'ignored', why: 'already_so' };
      return { kind: 'refused', code: 'STREAM_KEY_STATE_NOT_ACTIVE' };
    case 'release':
      if (event.roomId !== now.context.roomId) return { kind: 'ignored', why: 'already_so' };
      return { kind: 'refused', code: 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE' };
    case 'forceEnd':
      return { kind: 'ignored', why: 'already_so' };
  }
}

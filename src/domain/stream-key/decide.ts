import { initialTransition, transition } from 'xstate';
import type { Decision } from '../decision';
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

const [initial] = initialTransition(streamKeyMachine);

/** A key that never published. Frozen, since everybody starts from the same object. */
export const NEW_STREAM_KEY: StreamKeySnapshot = Object.freeze({
  state: initial.value,
  context: Object.freeze(initial.context),
});

export type { Decision };

/** Decides one event. Pure; the machine alone says what moves, the rest only names why nothing did. */
export function decideStreamKey(now: StreamKeySnapshot, event: StreamKeyEvent): Decision<StreamKeySnapshot> {
  const snapshot = streamKeyMachine.resolveState({ value: now.state, context: now.context });
  if (snapshot.can(event)) {
    const [next] = transition(streamKeyMachine, snapshot, event);
    return { kind: 'moves', next: { state: next.value, context: next.context } };
  }
  return whyNot(now, event);
}

/**
 * Names the reason why the machine did not move. A claim of the room that is held already is answered as granted in every
 * held state: a grant never rolls back, and a session that was lost meanwhile is a drop. Whether a forced end may act for
 * the room that asks is decided before this, in the workflow, which knows who asks.
 */
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
      if (event.roomId !== now.context.roomId) return { kind: 'ignored', why: 'not_held' };
      return { kind: 'refused', code: 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE' };
    case 'forceEnd':
      return { kind: 'ignored', why: 'already_so' };
  }
}

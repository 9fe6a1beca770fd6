import type { Row } from '../row';

/** Workflows on a real server: test/workflow. */
export const WORKFLOWS: Row[] = [
  {
    suite: 'workflow/broadcast',
    test: 'force-ends at once: cuts, rotates, keeps no VOD, and refuses the old key',
    file: 'src/workflows/stream-key/ledger.ts',
    find: '    // First of all: from here on the old key is refused, whatever else is slow or away.\n    state.minKeyVersion += 1;\n',
    replace: '',
    why: 'a stolen key is still taken after a forced end',
  },
  {
    suite: 'workflow/fencing',
    test: 'takes over a silent session on its own node in one step, at most once in 30 s',
    file: 'src/workflows/stream-key/ledger.ts',
    find: 'nowMs - state.lastTakeoverMs < TAKEOVER_INTERVAL_MS',
    replace: 'nowMs - state.lastTakeoverMs > TAKEOVER_INTERVAL_MS',
    why: 'two encoders take a key from each other without end',
  },
  {
    suite: 'workflow/rebirth',
    test: 'of a room whose key was force-ended meanwhile: it ends by force and is not archived',
    file: 'src/workflows/video-room/ledger.ts',
    find: '      if (forced) return this.forceEnded();\n',
    replace: '',
    why: 'a forced end becomes a regular one where the room was lost',
  },
  {
    suite: 'workflow/reconnect-window',
    test: 'ends the room when nobody came back',
    file: 'src/workflows/video-room/reconnect-window.ts',
    find: "ledger.letGo(verdict, 'reconnect_window_expired')",
    replace: "ledger.letGo(verdict, 'ended')",
    why: 'nobody is told why a room ended',
  },
  {
    suite: 'workflow/continue-as-new',
    test: 'hands a key over again and again, and its held room with it',
    file: 'src/workflows/stream-key/workflow.ts',
    find: '{ ...input, handedOver: this.ledger!.state }',
    replace: '{ ...input, handedOver: { ...this.ledger!.state, endedSessions: [] } }',
    why: 'a key forgets on its way into the next run whose session has ended',
  },
  {
    suite: 'replay/replay',
    test: 'takeover',
    file: 'src/workflows/stream-key/ledger.ts',
    find: '    state.endedSessions = remember(state.endedSessions, sessionId, REMEMBERED_SESSIONS);\n',
    replace: '',
    why: 'a recorded history comes to another state, though its commands are the same',
  },
  {
    suite: 'workflow/late-rows',
    test: 'publishes without number do not stand in the way of a forced end, and none is granted later',
    file: 'src/workflows/stream-key/workflow.ts',
    find: 'if (mustWait || this.isHandingOver)',
    replace: 'if (!mustWait && this.isHandingOver)',
    why: 'publishes that wait for a row take all places, and a forced end is refused',
  },
  {
    suite: 'workflow/hand-over',
    test: 'hands over in a way that replays',
    file: 'src/workflows/stream-key/workflow.ts',
    find: 'isBetweenSessions && this.isLong && this.isAnswered',
    replace: 'isBetweenSessions && workflowInfo().continueAsNewSuggested && this.isAnswered',
    why: 'a run hands over in the task of a refused publish, which a replay does not have',
  },
];

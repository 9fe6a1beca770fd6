import {
  decideStreamKey,
  NEW_STREAM_KEY,
  type StreamKeySnapshot,
} from '../../../src/domain/stream-key/decide';
import {
  STREAM_KEY_STATES,
  type StreamKeyEvent,
  type StreamKeyState,
} from '../../../src/domain/stream-key/machine';

/** One snapshot a state, as the machine itself would have made it: session `now`, epoch 5, room 7. */
const AT: Record<StreamKeyState, StreamKeySnapshot> = {
  INACTIVE: { state: 'INACTIVE', context: { sessionId: null, epoch: 5, roomId: null } },
  ACTIVE_PREP: { state: 'ACTIVE_PREP', context: { sessionId: 'now', epoch: 5, roomId: null } },
  ACTIVE: { state: 'ACTIVE', context: { sessionId: 'now', epoch: 5, roomId: null } },
  ACTIVE_LIVE: { state: 'ACTIVE_LIVE', context: { sessionId: 'now', epoch: 5, roomId: 7 } },
  INACTIVE_LIVE: { state: 'INACTIVE_LIVE', context: { sessionId: null, epoch: 5, roomId: 7 } },
  ACTIVE_LIVE_PREP: { state: 'ACTIVE_LIVE_PREP', context: { sessionId: 'now', epoch: 5, roomId: 7 } },
};

const EVENTS = {
  'ingestStarted, a new session': { type: 'ingestStarted', sessionId: 'next', epoch: 6 },
  'ingestStarted, the same session again': { type: 'ingestStarted', sessionId: 'now', epoch: 5 },
  'ingestStarted, an old epoch': { type: 'ingestStarted', sessionId: 'old', epoch: 4 },
  'viewable, the current session': { type: 'viewable', sessionId: 'now', epoch: 5 },
  'viewable, epoch unknown': { type: 'viewable', sessionId: 'now', epoch: null },
  'viewable, an old session': { type: 'viewable', sessionId: 'old', epoch: 4 },
  'viewable, an old epoch of the same name': { type: 'viewable', sessionId: 'now', epoch: 4 },
  'ingestStopped, the current session': { type: 'ingestStopped', sessionId: 'now', epoch: 5 },
  'ingestStopped, epoch unknown': { type: 'ingestStopped', sessionId: 'now', epoch: null },
  'ingestStopped, an old session': { type: 'ingestStopped', sessionId: 'old', epoch: 4 },
  'ingestStopped, an old session, epoch unknown': { type: 'ingestStopped', sessionId: 'old', epoch: null },
  'ingestStopped, an old epoch of the same name': { type: 'ingestStopped', sessionId: 'now', epoch: 4 },
  'claim, the held room': { type: 'claim', roomId: 7 },
  'claim, another room': { type: 'claim', roomId: 8 },
  'release, the held room': { type: 'release', roomId: 7 },
  'release, another room': { type: 'release', roomId: 8 },
  forceEnd: { type: 'forceEnd' },
} as const satisfies Record<string, StreamKeyEvent>;

/**
 * `-> STATE session/epoch/room` moves, `~ why` is ignored, `! CODE` is refused. Spelled out, so that every change of a
 * decision shows here as a changed line.
 */
const EXPECTED: Record<StreamKeyState, Record<keyof typeof EVENTS, string>> = {
  INACTIVE: {
    'ingestStarted, a new session': '-> ACTIVE_PREP next/6/-',
    'ingestStarted, the same session again': '! SESSION_ENDED',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '~ stale_session',
    'viewable, epoch unknown': '~ stale_session',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '~ stale_session',
    'ingestStopped, epoch unknown': '~ stale_session',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'claim, another room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'release, the held room': '~ not_held',
    'release, another room': '~ not_held',
    forceEnd: '~ already_so',
  },
  ACTIVE_PREP: {
    'ingestStarted, a new session': '! STREAM_KEY_BUSY',
    'ingestStarted, the same session again': '~ already_so',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '-> ACTIVE now/5/-',
    'viewable, epoch unknown': '-> ACTIVE now/5/-',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '-> INACTIVE -/5/-',
    'ingestStopped, epoch unknown': '-> INACTIVE -/5/-',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'claim, another room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'release, the held room': '~ not_held',
    'release, another room': '~ not_held',
    forceEnd: '-> INACTIVE -/5/-',
  },
  ACTIVE: {
    'ingestStarted, a new session': '! STREAM_KEY_BUSY',
    'ingestStarted, the same session again': '~ already_so',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '~ already_so',
    'viewable, epoch unknown': '~ already_so',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '-> INACTIVE -/5/-',
    'ingestStopped, epoch unknown': '-> INACTIVE -/5/-',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '-> ACTIVE_LIVE now/5/7',
    'claim, another room': '-> ACTIVE_LIVE now/5/8',
    'release, the held room': '~ not_held',
    'release, another room': '~ not_held',
    forceEnd: '-> INACTIVE -/5/-',
  },
  ACTIVE_LIVE: {
    'ingestStarted, a new session': '! STREAM_KEY_BUSY',
    'ingestStarted, the same session again': '~ already_so',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '~ already_so',
    'viewable, epoch unknown': '~ already_so',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '-> INACTIVE_LIVE -/5/7',
    'ingestStopped, epoch unknown': '-> INACTIVE_LIVE -/5/7',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '~ already_so',
    'claim, another room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'release, the held room': '! STREAM_KEY_STATE_NOT_INACTIVE_LIVE',
    'release, another room': '~ not_held',
    forceEnd: '-> INACTIVE -/5/-',
  },
  INACTIVE_LIVE: {
    'ingestStarted, a new session': '-> ACTIVE_LIVE_PREP next/6/7',
    'ingestStarted, the same session again': '! SESSION_ENDED',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '~ stale_session',
    'viewable, epoch unknown': '~ stale_session',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '~ stale_session',
    'ingestStopped, epoch unknown': '~ stale_session',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '~ already_so',
    'claim, another room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'release, the held room': '-> INACTIVE -/5/-',
    'release, another room': '~ not_held',
    forceEnd: '-> INACTIVE -/5/-',
  },
  ACTIVE_LIVE_PREP: {
    'ingestStarted, a new session': '! STREAM_KEY_BUSY',
    'ingestStarted, the same session again': '~ already_so',
    'ingestStarted, an old epoch': '! SESSION_ENDED',
    'viewable, the current session': '-> ACTIVE_LIVE now/5/7',
    'viewable, epoch unknown': '-> ACTIVE_LIVE now/5/7',
    'viewable, an old session': '~ stale_session',
    'viewable, an old epoch of the same name': '~ stale_session',
    'ingestStopped, the current session': '-> INACTIVE_LIVE -/5/7',
    'ingestStopped, epoch unknown': '-> INACTIVE_LIVE -/5/7',
    'ingestStopped, an old session': '~ stale_session',
    'ingestStopped, an old session, epoch unknown': '~ stale_session',
    'ingestStopped, an old epoch of the same name': '~ stale_session',
    'claim, the held room': '~ already_so',
    'claim, another room': '! STREAM_KEY_STATE_NOT_ACTIVE',
    'release, the held room': '! STREAM_KEY_STATE_NOT_INACTIVE_LIVE',
    'release, another room': '~ not_held',
    forceEnd: '-> INACTIVE -/5/-',
  },
};

function inWords(now: StreamKeySnapshot, event: StreamKeyEvent): string {
  const decision = decideStreamKey(now, event);
  if (decision.kind === 'refused') return `! ${decision.code}`;
  if (decision.kind === 'ignored') return `~ ${decision.why}`;
  const { sessionId, epoch, roomId } = decision.next.context;
  return `-> ${decision.next.state} ${sessionId ?? '-'}/${epoch}/${roomId ?? '-'}`;
}

describe('the stream key decides every state x event pair', () => {
  for (const state of STREAM_KEY_STATES) {
    test(state, () => {
      const decided = Object.fromEntries(
        Object.entries(EVENTS).map(([name, event]) => [name, inWords(AT[state], event)]),
      );
      expect(decided).toEqual(EXPECTED[state]);
    });
  }

  test('the table knows every state', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual([...STREAM_KEY_STATES].sort());
  });

  test('a decision never changes what it was asked about', () => {
    for (const now of Object.values(AT)) {
      const before = structuredClone(now);
      for (const event of Object.values(EVENTS)) decideStreamKey(now, event);
      expect(now).toEqual(before);
    }
  });

  test('snapshots survive JSON, as they must on their way through Temporal', () => {
    const started = decideStreamKey(NEW_STREAM_KEY, { type: 'ingestStarted', sessionId: 'a', epoch: 1 });
    if (started.kind !== 'moves') throw new Error('a new key takes a publish');
    expect(JSON.parse(JSON.stringify(started.next))).toEqual(started.next);
    const again = JSON.parse(JSON.stringify(started.next)) as StreamKeySnapshot;
    expect(inWords(again, { type: 'viewable', sessionId: 'a', epoch: 1 })).toBe('-> ACTIVE a/1/-');
  });

  test('a new key is INACTIVE, holds nothing and can not be changed in place', () => {
    expect(NEW_STREAM_KEY).toEqual({
      state: 'INACTIVE',
      context: { sessionId: null, epoch: 0, roomId: null },
    });
    expect(Object.isFrozen(NEW_STREAM_KEY) && Object.isFrozen(NEW_STREAM_KEY.context)).toBe(true);
  });
});

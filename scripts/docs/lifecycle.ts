import { ERRORS, type ErrorCode } from '../../src/domain/errors';
import type { Decision } from '../../src/domain/decision';
import { decideStreamKey, type StreamKeySnapshot } from '../../src/domain/stream-key/decide';
import {
  STREAM_KEY_STATES,
  streamKeyMachine,
  type StreamKeyEvent,
} from '../../src/domain/stream-key/machine';
import { decideRoom } from '../../src/domain/video-room/decide';
import { ROOM_STATES, videoRoomMachine, type RoomEvent } from '../../src/domain/video-room/machine';
import { KEY_EVENTS, KEY_GUARDS, OTHER_REFUSALS, ROOM_EVENTS, VOD_STATES } from '../lib/lifecycle-words';
import { table } from '../lib/markdown';
import { stateDiagram, type DrawableMachine } from '../lib/mermaid';

const refusedBy = new Set<ErrorCode>();

function inWords<S>(decision: Decision<S>, name: (next: S) => string): string {
  if (decision.kind === 'moves') return `**${name(decision.next)}**`;
  if (decision.kind === 'ignored') return `_${decision.why}_`;
  refusedBy.add(decision.code);
  return `\`${decision.code}\``;
}

/** A key in each state, with session `now` of epoch 5 and room 7 where the state has them. */
function keyIn(state: StreamKeySnapshot['state']): StreamKeySnapshot {
  const publishing = state !== 'INACTIVE' && state !== 'INACTIVE_LIVE';
  const holding = state.includes('LIVE');
  return { state, context: { sessionId: publishing ? 'now' : null, epoch: 5, roomId: holding ? 7 : null } };
}

const KEY_CASES: [string, StreamKeyEvent][] = [
  ['ingestStarted', { type: 'ingestStarted', sessionId: 'next', epoch: 6 }],
  ['ingestStarted, told twice', { type: 'ingestStarted', sessionId: 'now', epoch: 5 }],
  ['viewable', { type: 'viewable', sessionId: 'now', epoch: 5 }],
  ['ingestStopped', { type: 'ingestStopped', sessionId: 'now', epoch: 5 }],
  ['ingestStopped of an old session', { type: 'ingestStopped', sessionId: 'old', epoch: 4 }],
  ['claim of the held room', { type: 'claim', roomId: 7 }],
  ['claim of another room', { type: 'claim', roomId: 8 }],
  ['release of the held room', { type: 'release', roomId: 7 }],
  ['release of another room', { type: 'release', roomId: 8 }],
  ['forceEnd', { type: 'forceEnd' }],
];

const diagram = (machine: unknown): string =>
  ['```mermaid', stateDiagram(machine as DrawableMachine), '```'].join('\n');

const meanings = (machine: { states: Record<string, { description?: string | undefined }> }): string =>
  table(
    ['state', 'means'],
    Object.entries(machine.states).map(([state, { description }]) => [state, description ?? '']),
  );

const glossary = (head: string, words: Record<string, string>): string =>
  table(
    [head, 'means'],
    Object.entries(words).map(([word, meaning]) => [`\`${word}\``, meaning]),
  );

const keyDecisions = table(
  ['event', ...STREAM_KEY_STATES],
  KEY_CASES.map(([name, event]) => [
    name,
    ...STREAM_KEY_STATES.map((state) => inWords(decideStreamKey(keyIn(state), event), (next) => next.state)),
  ]),
);

const roomDecisions = table(
  ['event', ...ROOM_STATES],
  (Object.keys(ROOM_EVENTS) as RoomEvent['type'][]).map((type) => [
    type,
    ...ROOM_STATES.map((state) => inWords(decideRoom(state, { type }), (next) => next)),
  ]),
);

const refusals = table(
  ['code', 'HTTP', 'whose fault', 'may work later', 'message'],
  [...new Set([...refusedBy, ...OTHER_REFUSALS])].map((code) => {
    const { status, fault, retryable, message } = ERRORS[code];
    return [`\`${code}\``, String(status), fault, retryable ? 'yes' : 'no', message];
  }),
);

const HOW_TO_READ =
  '**STATE**: it moves there. _why_: ignored and counted, since nobody did wrong. `CODE`: refused with that error.';

const DOCUMENT = `<!-- Generated from src/domain by scripts/docs/lifecycle.ts ("npm run docs"). Do not edit. -->

# The lifecycle

Two machines, written once in \`src/domain\` and drawn here from their definitions. The stream key is the only arbiter of
what is live; the video room is one broadcast. Guards stand in brackets.

## The stream key

${diagram(streamKeyMachine)}

${meanings(streamKeyMachine)}

${glossary('event', KEY_EVENTS)}

${glossary('guard', KEY_GUARDS)}

### Every decision

${HOW_TO_READ} The key publishes with session \`now\` of epoch 5 and holds room 7, where its state has a session or a room.

${keyDecisions}

## The video room

${diagram(videoRoomMachine)}

${meanings(videoRoomMachine)}

${glossary('event', ROOM_EVENTS)}

The recording has a state of its own beside the room's, \`vodState\`:

${glossary('vodState', VOD_STATES)}

### Every decision

${HOW_TO_READ}

${roomDecisions}

## Refusals

${refusals}
`;

/** docs/lifecycle.md from the two machines, so that the picture can not tell another story than the code. */
export function render() {
  return [{ path: 'docs/lifecycle.md', content: DOCUMENT }];
}

import { assign, setup } from 'xstate';

export type StreamKeyState =
  'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';

export const STREAM_KEY_STATES: readonly StreamKeyState[] = [
  'INACTIVE',
  'ACTIVE_PREP',
  'ACTIVE',
  'ACTIVE_LIVE',
  'INACTIVE_LIVE',
  'ACTIVE_LIVE_PREP',
];

/** Who publishes now and which room is held. Plain JSON: it travels through Temporal. */
export interface StreamKeyContext {
  sessionId: string | null;
  /** Rises by one with each accepted publish; the fence against late messages. */
  epoch: number;
  roomId: number | null;
}

/** `epoch` is null where the sender does not know it (an unpublish that overtakes its grant). */
export interface SessionRef {
  sessionId: string;
  epoch: number | null;
}

export type StreamKeyEvent =
  | { type: 'ingestStarted'; sessionId: string; epoch: number }
  | ({ type: 'viewable' } & SessionRef)
  | ({ type: 'ingestStopped' } & SessionRef)
  | { type: 'claim'; roomId: number }
  | { type: 'release'; roomId: number }
  | { type: 'forceEnd' };

export const isCurrentSession = (context: StreamKeyContext, event: SessionRef): boolean =>
  event.sessionId === context.sessionId && (event.epoch === null || event.epoch === context.epoch);

const machine = setup({
  types: {} as { context: StreamKeyContext; events: StreamKeyEvent },
  guards: {
    newerEpoch: ({ context, event }) => event.type === 'ingestStarted' && event.epoch > context.epoch,
    currentSession: ({ context, event }) =>
      (event.type === 'viewable' || event.type === 'ingestStopped') && isCurrentSession(context, event),
    holdsRoom: ({ context, event }) => event.type === 'release' && event.roomId === context.roomId,
  },
  actions: {
    takeSession: assign(({ context, event }) =>
      event.type === 'ingestStarted'
        ? { ...context, sessionId: event.sessionId, epoch: event.epoch }
        : context,
    ),
    dropSession: assign({ sessionId: null }),
    holdRoom: assign(({ context, event }) =>
      event.type === 'claim' ? { ...context, roomId: event.roomId } : context,
    ),
    letRoomGo: assign({ roomId: null }),
  },
});

const forceEnd = { target: 'INACTIVE', actions: ['dropSession', 'letRoomGo'] } as const;
const stopTo = <T extends StreamKeyState>(target: T) =>
  ({ guard: 'currentSession', target, actions: 'dropSession' }) as const;
const startTo = <T extends StreamKeyState>(target: T) =>
  ({ guard: 'newerEpoch', target, actions: 'takeSession' }) as const;

/** The stream key's machine, design.md section 2. Pure: no actors, no timers, no invocations. */
export const streamKeyMachine = machine.createMachine({
  id: 'streamKey',
  initial: 'INACTIVE',
  context: { sessionId: null, epoch: 0, roomId: null },
  states: {
    INACTIVE: {
      description: 'Nobody publishes and no room is held. The key may be rotated.',
      on: { ingestStarted: startTo('ACTIVE_PREP') },
    },
    ACTIVE_PREP: {
      description: 'An encoder publishes; its outputs can not all be played yet.',
      on: {
        viewable: { guard: 'currentSession', target: 'ACTIVE' },
        ingestStopped: stopTo('INACTIVE'),
        forceEnd,
      },
    },
    ACTIVE: {
      description: 'The preview can be played by the owner. A room may go live.',
      on: {
        claim: { target: 'ACTIVE_LIVE', actions: 'holdRoom' },
        ingestStopped: stopTo('INACTIVE'),
        forceEnd,
      },
    },
    ACTIVE_LIVE: {
      description: 'Its room is live: everybody may watch, and the broadcast is recorded.',
      on: { ingestStopped: stopTo('INACTIVE_LIVE'), forceEnd },
    },
    INACTIVE_LIVE: {
      description: 'The encoder is away. The room is held and waits for it, or is ended.',
      on: {
        ingestStarted: startTo('ACTIVE_LIVE_PREP'),
        release: { guard: 'holdsRoom', target: 'INACTIVE', actions: 'letRoomGo' },
        forceEnd,
      },
    },
    ACTIVE_LIVE_PREP: {
      description: 'The encoder is back; its outputs can not all be played yet.',
      on: {
        viewable: { guard: 'currentSession', target: 'ACTIVE_LIVE' },
        ingestStopped: stopTo('INACTIVE_LIVE'),
        forceEnd,
      },
    },
  },
});

import { ROOM_STATES } from './video-room/machine';
import { STREAM_KEY_STATES } from './stream-key/machine';
import { POST_STATES, type VideoPostState } from './video-post-state';

/** What has events, numbered 1...n each. */
export const CALLBACK_ENTITIES = ['streamKey', 'videoRoom', 'videoPost'] as const;
export type CallbackEntity = (typeof CALLBACK_ENTITIES)[number];

/** One line of callbacks: they are delivered in the order of their numbers. */
export interface CallbackLine {
  appId: number;
  entity: CallbackEntity;
  entityId: number;
  /** A line of this one callback alone: it was settled, is asked for again, and holds up no other. */
  deliveryId?: number;
}

/** For what comes from outside of our types. */
export function isCallbackLine(value: unknown): value is CallbackLine {
  const { appId, entity, entityId, deliveryId } = (value ?? {}) as Partial<
    Record<keyof CallbackLine, unknown>
  >;
  return (
    (deliveryId === undefined || Number.isSafeInteger(deliveryId)) &&
    Number.isSafeInteger(appId) &&
    Number.isSafeInteger(entityId) &&
    CALLBACK_ENTITIES.some((known) => known === entity)
  );
}

export const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'PARKED'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export type VideoPostEventType = `VIDEO_POST_${VideoPostState}`;

/**
 * Every type that an app's filter can name. Without a filter all are sent but VIDEO_ROOM_ARCHIVING, which is ours: receivers
 * that were written for FlipFlop do not know it.
 */
export const CALLBACK_TYPES: readonly string[] = [
  ...STREAM_KEY_STATES.map((state) => `STREAM_KEY_${state}`),
  ...ROOM_STATES.map((state) => `VIDEO_ROOM_${state}`),
  'VIDEO_ROOM_ARCHIVING',
  'VIDEO_ROOM_FAILED_ARCHIVING',
  ...POST_STATES.map((state) => `VIDEO_POST_${state}`),
];

/** The channel on which Postgres tells of a callback to deliver; its payload is a `CallbackLine` as JSON. */
export const CALLBACK_CHANNEL = 'showrunner_callbacks';

/** What one attempt came to. */
export interface AttemptOutcome {
  /** HTTP status; null where there was no answer. */
  status: number | null;
  /** Why there was none: a short code. */
  error: string | null;
  /** What the answer's Retry-After asked for, milliseconds. */
  retryAfterMs: number | null;
}

/** What was tried before, since the callback was written or asked for again. */
export interface AttemptsBefore {
  attempts: number;
  /** Of them, those that were refused as they are (3xx, 4xx). */
  refusals: number;
  /** Milliseconds since the first one; 0 before it. */
  sinceFirstMs: number;
}

export type DeliveryDecision =
  { to: 'DELIVERED' } | { to: 'PARKED' } | { to: 'PENDING'; waitMs: number; refused: boolean };

/** A receiver may be down for a night and a day before we give a callback up. */
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
/** Most waits of our own between two attempts: a receiver that is back has news within it. One that says Retry-After knows better. */
const LONGEST_WAIT_MS = 60 * 60_000;
/** What is refused as it is (a wrong path or password) seldom gets better by itself; some tries cover a deploy of the receiver. */
const MAX_REFUSALS = 5;

/** Statuses of the 4xx class that say "later", not "never". */
const LATER = new Set([408, 425, 429]);

/** The error of an address that we do not send to: as good as a refusal, for it is a setting that has to change. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED';

const isRefusal = ({ status, error }: AttemptOutcome): boolean =>
  status === null ? error === ADDRESS_REFUSED : status < 500 && !LATER.has(status);

/** What comes of a callback after an attempt. `firstWaitMs`: the wait after a first failure; each next one is twice as long. */
export function afterAttempt(
  outcome: AttemptOutcome,
  before: AttemptsBefore,
  firstWaitMs: number,
): DeliveryDecision {
  if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300) return { to: 'DELIVERED' };
  const refused = isRefusal(outcome);
  if (refused && before.refusals + 1 >= MAX_REFUSALS) return { to: 'PARKED' };
  const doubled = firstWaitMs * 2 ** Math.min(before.attempts, 30);
  const ownWaitMs = Math.min(doubled, LONGEST_WAIT_MS);
  const leftMs = GIVE_UP_AFTER_MS - before.sinceFirstMs;
  if (ownWaitMs > leftMs) return { to: 'PARKED' };
  // Asked to wait for longer than is left, we try once more at the very end.
  const askedMs = Math.min(outcome.retryAfterMs ?? 0, leftMs);
  return { to: 'PENDING', waitMs: Math.max(ownWaitMs, askedMs), refused };
}

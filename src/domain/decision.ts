import type { ErrorCode } from './errors';

/** Why an event changed nothing although nobody did wrong: what is counted beside the state. */
export type IgnoredWhy =
  | 'stale_session' // of a session or an epoch that is not the current one
  | 'already_so' // told or asked before; the state is what the event wants
  | 'not_held' // about a room that the key does not hold
  | 'not_now'; // a fact that means nothing in this state

/** Every state x event pair is one of these: it moves, it is ignored and counted, or it is refused with a code. */
export type Decision<Snapshot> =
  | { kind: 'moves'; next: Snapshot }
  | { kind: 'ignored'; why: IgnoredWhy }
  | { kind: 'refused'; code: ErrorCode };

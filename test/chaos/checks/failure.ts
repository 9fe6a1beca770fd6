/** `stuck`: did not reach its end by itself. `lost`, `doubled`: of recordings, posts and events. `wrong`: anything else. */
export type FailureKind = 'stuck' | 'lost' | 'doubled' | 'wrong';

export interface Failure {
  kind: FailureKind;
  what: string;
}

export const wrong = (what: string): Failure => ({ kind: 'wrong', what });
export const lost = (what: string): Failure => ({ kind: 'lost', what });
export const doubled = (what: string): Failure => ({ kind: 'doubled', what });
export const stuck = (what: string): Failure => ({ kind: 'stuck', what });

import { performance } from 'node:perf_hooks';

/** Milliseconds of a clock that never jumps; only differences mean something. */
export const monotonicMs = (): number => performance.now();

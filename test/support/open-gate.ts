import type { AccessGate, Admission } from '../../src/domain/access-gate';

const OPEN: Admission = { isPublic: true, watch: () => () => undefined };

/** Everything is public: for suites about what comes behind the gate. */
export const OPEN_GATE: AccessGate = {
  admit: () => OPEN,
  admitByToken: () => OPEN,
  passFor: () => Promise.reject(new Error('nothing asks for a pass where all is public')),
};

import { patched } from '@temporalio/workflow';

/**
 * Every change of a workflow's commands since a version was released, oldest first: the id that histories hold, and what it
 * changed in which version. An id is never taken twice, and leaves this list only as CONTRIBUTING.md says.
 */
export const PATCHES = {
  'reconnect-window-0.2': 'a live room takes another reconnect window',
  'grant-before-row-0.2': 'a claim is answered once it is decided, while its row is written',
} as const satisfies Record<string, string>;

/** True where the run takes the changed way: it is new, or has come here only now. A run that went the old way keeps to it. */
export const isPatched = (id: keyof typeof PATCHES): boolean => patched(id);

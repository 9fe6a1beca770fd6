/**
 * The only clock of workflow code: inside the Temporal sandbox `Date.now()` is the time of the current
 * workflow task, read from history, and so the same on every replay.
 */
export const workflowNowMs = (): number => Date.now();

/** ISO 8601 of a time in Unix milliseconds. */
export const isoTime = (unixMs: number): string => new Date(unixMs).toISOString();

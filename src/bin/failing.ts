import type { RunningWorker } from '../temporal/worker';

/** A worker that failed ends its process, by the frame's rule for errors that nobody caught; the supervisor starts it anew. */
export function failingWith(workers: RunningWorker[]): void {
  for (const worker of workers) {
    worker.failed.catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  }
}

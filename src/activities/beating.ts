import { Context } from '@temporalio/activity';

/** A quarter of the shortest heartbeat timeout, 4 s (workflows/proxies.ts): three may be lost. Also how soon a cancellation is heard. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * Runs long work that beats from a ticker of its own, so that no step of it has to. `tell` sets the progress that an operator sees
 * in the Temporal UI.
 */
export async function beating<P, T>(start: P, work: (tell: (progress: P) => void) => Promise<T>): Promise<T> {
  const context = Context.current();
  let progress = start;
  const beat = () => context.heartbeat(progress);
  const ticker = setInterval(beat, HEARTBEAT_INTERVAL_MS);
  beat();
  try {
    const result = await work((now) => (progress = now));
    beat();
    return result;
  } finally {
    clearInterval(ticker);
  }
}

/**
 * Short work that may have to wait: it beats once it takes longer than a second. A process that died with it is known by its
 * silence, and another takes over in seconds, however long the work itself may take.
 */
export function beatingWhenSlow<In, Out>(activity: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  return async (input) => {
    const context = Context.current();
    const ticker = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
    try {
      return await activity(input);
    } finally {
      clearInterval(ticker);
    }
  };
}

import { Context } from '@temporalio/activity';

/** Well below the heartbeat timeout of 20 s (workflows/proxies.ts); also how soon a cancellation is heard. */
const HEARTBEAT_INTERVAL_MS = 2_000;

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

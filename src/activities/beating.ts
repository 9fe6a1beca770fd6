import { Context } from '@temporalio/activity';

/** A quarter of the shortest heartbeat timeout, 4 s (workflows/proxies.ts): three may be lost. Also how soon a cancellation is heard. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/** Beats once a second while `work` runs; the timer ends with it. */
export async function whileBeating<T>(beat: () => void, work: () => Promise<T>): Promise<T> {
  const ticker = setInterval(beat, HEARTBEAT_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticker);
  }
}

/**
 * Runs long work that beats from a ticker of its own, so that no step of it has to. `tell` sets the progress that an operator sees
 * in the Temporal UI.
 */
export async function beating<P, T>(start: P, work: (tell: (progress: P) => void) => Promise<T>): Promise<T> {
  const context = Context.current();
  let progress = start;
  const beat = () => context.heartbeat(progress);
  beat();
  const result = await whileBeating(beat, () => work((now) => (progress = now)));
  beat();
  return result;
}

/**
 * Short work that may have to wait: it beats once it takes longer than a second. A process that died with it is known by its
 * silence, and another takes over in seconds, however long the work itself may take.
 */
export function beatingWhenSlow<In, Out>(activity: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  return (input) => {
    const context = Context.current();
    return whileBeating(
      () => context.heartbeat(),
      () => activity(input),
    );
  };
}

import { Context } from '@temporalio/activity';

/** A quarter of the heartbeat timeouts of 4 s (workflows/proxies.ts): three may be lost. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * An activity that says every second that it is at work. A process that died with it is known by its silence, and another takes
 * over in seconds, however long the work itself may take.
 */
export function beating<In, Out>(activity: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
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

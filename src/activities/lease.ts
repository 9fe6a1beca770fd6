import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LiveSession, SessionRegistry } from '../ingest/contract';
import type { MediaPlane } from '../media/contract';
import { whileBeating } from './beating';
import type { LeaseActivities } from './types';

export interface LeaseParts {
  registry: SessionRegistry;
  media: MediaPlane;
}

/**
 * `packageStream`: the lease of a publisher session (design.md section 3, "Leases"). Alive here: follow it to its end.
 * Ended, or salvaged from disk: return its summary. Never here: SESSION_GONE, not retried.
 * A cancelled or lost lease stops nothing: Temporal may just have been away.
 */
export function createLease({ registry, media }: LeaseParts): LeaseActivities['packageStream'] {
  return async ({ sessionId, epoch }) => {
    const session = registry.find(sessionId);
    if (session) return { sessionId, ...(await follow(session)) };
    const summary = await media.summaryOf(sessionId);
    if (summary) return summary;
    throw ApplicationFailure.nonRetryable(
      `no session ${sessionId}, epoch ${epoch}, on this node`,
      'SESSION_GONE',
    );
  };
}

async function follow(session: LiveSession): ReturnType<() => LiveSession['ended']> {
  const context = Context.current();
  const beat = () => context.heartbeat({ receivedBytes: session.receivedBytes });
  session.leaseChanged(true);
  beat();
  try {
    return await whileBeating(beat, () => Promise.race([session.ended, context.cancelled]));
  } finally {
    session.leaseChanged(false);
  }
}

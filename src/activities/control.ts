import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { CodedError } from '../domain/errors';
import type { SessionRegistry } from '../ingest/contract';
import type { MediaPlane } from '../media/contract';
import type { ControlActivities } from './types';

/** An encoder sends some 30 frames a second: half a second without a byte is silence. */
const PROBE_WINDOW_MS = 500;

export interface ControlParts {
  registry: SessionRegistry;
  media: MediaPlane;
}

/** Short work on a media node: cut, probe, open, close. Each is safe to repeat. */
export function createControl({ registry, media }: ControlParts): ControlActivities {
  return {
    cutPublisher: async (request) => registry.cut(request),
    probeSession: async ({ sessionId }) => {
      const session = registry.find(sessionId);
      if (!session) return { known: false, advancing: false };
      const before = session.receivedBytes;
      await delay(PROBE_WINDOW_MS);
      return { known: true, advancing: session.receivedBytes > before };
    },
    openBroadcast: (request) => orRefusal(media.openBroadcast(request)),
    closeBroadcast: (request) => orRefusal(media.closeBroadcast(request)),
  };
}

/** A session that is gone stays gone: not retried. */
async function orRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'SESSION_GONE') {
      throw ApplicationFailure.nonRetryable(error.message, error.code);
    }
    throw error;
  }
}

import { proxyActivities } from '@temporalio/workflow';
import type {
  ArchiveFastActivities,
  ArchiveSlowActivities,
  AskActivities,
  CallbackActivities,
  ControlActivities,
  DeleteFilesActivities,
  LeaseActivities,
  MainActivities,
  PostFastActivities,
  PostSlowActivities,
} from '../activities/types';
import {
  mediaControlQueue,
  mediaLeaseQueue,
  TASK_QUEUE_ARCHIVE,
  TASK_QUEUE_ARCHIVE_FAST,
  TASK_QUEUE_ASK,
  TASK_QUEUE_CALLBACKS,
} from '../domain/ids';

/** Retried for ever: what it writes must be written, and an operator sees each attempt in the UI. */
const PERSISTENT = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;

/** Beats come each second (activities/beating.ts): three may be lost. */
const HEARTBEAT_TIMEOUT = '4s';

/** Postgres and key writes. 10 s covers a slow lock; one that is stuck, or whose worker died, is repeated, which is safe. */
export const mainActivities = proxyActivities<MainActivities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: PERSISTENT,
});

/**
 * A key answers in milliseconds, or after a forced end's 2 s cut; its own queue keeps slots apart (research/temporal.md 12.1).
 * Where a write of the key is waited for, it takes longer; a worker that died meanwhile is known by its silence.
 */
export const askActivities = proxyActivities<AskActivities>({
  taskQueue: TASK_QUEUE_ASK,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  startToCloseTimeout: '30s',
  retry: PERSISTENT,
});

/** One attempt takes 10 s at most, and its row is written then. How often a receiver is tried is counted in its row, not here. */
export const callbackActivities = proxyActivities<CallbackActivities>({
  taskQueue: TASK_QUEUE_CALLBACKS,
  heartbeatTimeout: '4s',
  startToCloseTimeout: '30s',
  retry: PERSISTENT,
});

/** The lease of one publisher session; figures from design.md section 3, "Leases". */
export const leaseOn = (nodeId: string) =>
  proxyActivities<LeaseActivities>({
    taskQueue: mediaLeaseQueue(nodeId),
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    scheduleToStartTimeout: '20s',
    startToCloseTimeout: '7d',
    retry: PERSISTENT,
  });

/** Must be answered some day: a cut, an opening, a closing, retried until the node is back. A day bounds one that never returns. */
export const persistentControlOn = (nodeId: string) =>
  proxyActivities<ControlActivities>({
    taskQueue: mediaControlQueue(nodeId),
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '1d',
    retry: PERSISTENT,
  });

/** Must be answered soon or not at all: a probe. */
export const promptControlOn = (nodeId: string) =>
  proxyActivities<ControlActivities>({
    taskQueue: mediaControlQueue(nodeId),
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '15s',
    scheduleToStartTimeout: '10s',
    retry: { ...PERSISTENT, maximumAttempts: 3 },
  });

/** Writing playlists from an index takes milliseconds; a minute covers a slow disk. Storage or Postgres that is away is waited for. */
export const archiveFastActivities = proxyActivities<ArchiveFastActivities & PostFastActivities>({
  taskQueue: TASK_QUEUE_ARCHIVE_FAST,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  startToCloseTimeout: '1m',
  retry: PERSISTENT,
});

/** A day for the longest show. 10 s of silence is a dead archiver: its ticker beats every second. */
export const archiveSlowActivities = proxyActivities<ArchiveSlowActivities & PostSlowActivities>({
  taskQueue: TASK_QUEUE_ARCHIVE,
  startToCloseTimeout: '1d',
  heartbeatTimeout: '10s',
  // What can't get better fails by its code; the activity itself counts how often a transcode may fail.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** An hour for the tens of thousands of segments of the longest show on a slow disk; storage that is away is waited for. */
export const deleteFilesActivities = proxyActivities<DeleteFilesActivities>({
  taskQueue: TASK_QUEUE_ARCHIVE,
  startToCloseTimeout: '1h',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

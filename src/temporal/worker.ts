import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../logger';

/** Workflows kept in memory: a scheduled room takes some 370 KiB of the process (npm run bench), so 1,000 stay below 400 MB. */
const CACHED_WORKFLOWS = 1_000;
/** A worker that died leaves tasks on its own queue for this long (the stock: 10 s); one that lives takes them in milliseconds. */
const STICKY_TIMEOUT = '2s';
/** Heartbeats are sent at most this often; a cancelled archive hears of it within as long. */
const HEARTBEAT_THROTTLE = '1s';
/** After a stop, activities that watch for cancellation get this long to end in order. */
const SHUTDOWN_GRACE = '1s';
const SHUTDOWN_FORCE = '6s';

export interface WorkerSpec {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities?: object;
  /** Activities that run at once. Leases and transcodes are sized by their owners. */
  slots?: number;
  /** Runs our workflows as well. */
  workflows?: boolean;
}

export interface RunningWorker {
  /** Rejects when the worker failed: the role ends then, and is started anew. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/** The bundle made at build time; without one (tests from source) it is bundled now. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, '..', '..', 'workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: require.resolve('../workflows') };
}

export const connectWorkers = (address: string): Promise<NativeConnection> =>
  NativeConnection.connect({ address });

/** Starts one worker on one queue. */
export async function startWorker(spec: WorkerSpec, log: Logger): Promise<RunningWorker> {
  const { connection, namespace, taskQueue, activities, slots, workflows } = spec;
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(activities ? { activities } : {}),
    ...(slots ? { maxConcurrentActivityTaskExecutions: slots } : {}),
    ...(workflows
      ? {
          ...workflowSource(),
          maxCachedWorkflows: CACHED_WORKFLOWS,
          stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
        }
      : {}),
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
  const running = worker.run();
  const failed = new Promise<never>((_, reject) => running.catch(reject));
  failed.catch((error: unknown) => log.error({ err: error, taskQueue }, 'a Temporal worker failed'));
  return {
    failed,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
    },
  };
}

/** Starts several workers; a failed start stops those that are up. */
export async function startWorkers(specs: WorkerSpec[], log: Logger): Promise<RunningWorker[]> {
  const running: RunningWorker[] = [];
  try {
    for (const spec of specs) running.push(await startWorker(spec, log));
    return running;
  } catch (error) {
    await Promise.all(running.map((worker) => worker.stop()));
    throw error;
  }
}

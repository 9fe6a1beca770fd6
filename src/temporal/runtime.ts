import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from '../logger';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/** Said of every worker that only runs activities, which is what most of ours are for. */
const ACTIVITIES_ONLY = 'No workflows registered, not polling for workflow tasks';

/**
 * Sends the SDK's log lines, and the workflows', to ours. Once per process, before anything else of the SDK. With a port, the
 * SDK shows its metrics there for Prometheus (activities that failed, by type; slots; latencies), to this machine only.
 */
export function installRuntime(log: Logger, metricsPort: number | null = null): void {
  Runtime.install({
    ...(metricsPort === null
      ? {}
      : { telemetryOptions: { metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}` } } } }),
    // The roles stop on signals themselves, in order; the SDK must not shut workers down beside them.
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const ours = message === ACTIVITIES_ONLY ? 'debug' : LEVELS[level];
      log[ours](meta ?? {}, message);
    }),
  });
}

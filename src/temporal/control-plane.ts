import type { Client } from '@temporalio/client';
import type { ControlPlane, Tell } from '../ingest/contract';
import type { Logger } from '../logger';
import {
  publishUpdate,
  unpublishSignal,
  viewableSignal,
  type PublishGrant,
  type PublishRequest,
  type StreamKeyInput,
} from '../workflows/messages';
import { streamKeyWorkflow } from '../workflows/stream-key/workflow';
import { ping, within } from './client';
import { codedFrom, isPutOff } from './errors';
import { startOfStreamKey, withStreamKeyStarted } from './start-stream-key';

/** A tell that is not acknowledged by then stays in the outbox and is told again. */
const TELL_TIMEOUT_MS = 3_000;
/** How often the node looks whether Temporal is there: leases unled for 60 s are ended only while it is. */
const REACHABILITY_INTERVAL_MS = 5_000;

/** A key puts a publish off until its last rows are written, which takes some milliseconds. */
const ASK_AGAIN_MS = 25;

/** The media node's line to the stream keys' workflows. Owns one timer; `close` ends it. */
export class TemporalControlPlane implements ControlPlane {
  private reachable = true;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly client: Client,
    private readonly log: Logger,
  ) {
    this.timer = setInterval(() => void this.look(), REACHABILITY_INTERVAL_MS);
  }

  /** Update-with-Start: the first publish of a key starts its workflow. The session id makes a repeat the same question. */
  async publish(key: StreamKeyInput, request: PublishRequest, timeoutMs: number): Promise<PublishGrant> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        return await within(this.client, deadline - Date.now(), () =>
          this.client.workflow.executeUpdateWithStart(publishUpdate, {
            args: [request],
            updateId: `publish:${request.sessionId}`,
            startWorkflowOperation: withStreamKeyStarted(key, key.facts),
          }),
        );
      } catch (error) {
        if (!isPutOff(error) || Date.now() + ASK_AGAIN_MS >= deadline) throw codedFrom(error);
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  async tell(tell: Tell): Promise<void> {
    const start = startOfStreamKey(tell.key);
    try {
      await within(this.client, TELL_TIMEOUT_MS, () =>
        tell.kind === 'unpublish'
          ? this.client.workflow.signalWithStart(streamKeyWorkflow, {
              ...start,
              signal: unpublishSignal,
              signalArgs: [tell.message],
            })
          : this.client.workflow.signalWithStart(streamKeyWorkflow, {
              ...start,
              signal: viewableSignal,
              signalArgs: [tell.message],
            }),
      );
    } catch (error) {
      throw codedFrom(error);
    }
  }

  isReachable(): boolean {
    return this.reachable;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const was = this.reachable;
    try {
      await ping(this.client);
      this.reachable = true;
    } catch (error) {
      this.reachable = false;
      if (was) this.log.warn({ err: error }, 'Temporal can not be reached; running media goes on');
    }
    if (!was && this.reachable) this.log.info('Temporal can be reached again');
  }
}

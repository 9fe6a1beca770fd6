import type { Client } from '@temporalio/client';
import { callbackWorkflowId, TASK_QUEUE_MAIN, WORKFLOW_TASK_TIMEOUT_MS } from '../domain/ids';
import { isCallbackLine, type CallbackLine } from '../domain/callbacks';
import type { Logger } from '../logger';
import { callbackWorkflow } from '../workflows/callbacks/workflow';
import { wakeCallbacksSignal } from '../workflows/messages';
import { within } from './client';

const CALL_TIMEOUT_MS = 5_000;
/** Signals at once: a burst of events must not take all of a worker's connection to Temporal. */
const MAX_AT_ONCE = 8;

/** What the store knows of lines that wait. */
export type OverdueLines = (overdueMs: number) => Promise<CallbackLine[]>;

/**
 * Wakes the workflows of lines of callbacks. A wake that fails is not lost: the line is overdue then, and the reconciler wakes
 * it. Told by Postgres (NOTIFY); on each new connection to it all lines that could be tried are woken.
 */
export class CallbackWakes {
  private readonly waiting = new Map<string, CallbackLine>();
  private running = 0;
  private whenIdle: (() => void)[] = [];
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly overdue: OverdueLines,
    private readonly log: Logger,
  ) {}

  /** For `Listener`: the payload is a line as JSON. */
  notified(payload: string): void {
    const line = parsed(payload);
    if (isCallbackLine(line)) this.wake(line);
    else this.log.warn({ payload: payload.slice(0, 200) }, 'a notification of callbacks that names no line');
  }

  connected(): void {
    this.overdue(0).then(
      (lines) => lines.forEach((line) => this.wake(line)),
      (error: unknown) => this.log.warn({ err: error }, 'could not read which callbacks wait'),
    );
  }

  /** Several wakes of one line are one. */
  wake(line: CallbackLine): void {
    if (this.stopped) return;
    this.waiting.set(callbackWorkflowId(line), line);
    while (this.running < MAX_AT_ONCE && this.waiting.size > 0) void this.next();
  }

  /** Resolves once no signal is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    if (this.running > 0) await new Promise<void>((done) => this.whenIdle.push(done));
  }

  private async next(): Promise<void> {
    this.running += 1;
    for (const [workflowId, line] of this.waiting) {
      this.waiting.delete(workflowId);
      await this.signal(workflowId, line);
    }
    this.running -= 1;
    if (this.running === 0) this.whenIdle.splice(0).forEach((done) => done());
  }

  private async signal(workflowId: string, line: CallbackLine): Promise<void> {
    try {
      await within(this.client, CALL_TIMEOUT_MS, () =>
        this.client.workflow.signalWithStart(callbackWorkflow, {
          workflowId,
          taskQueue: TASK_QUEUE_MAIN,
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
          args: [line],
          signal: wakeCallbacksSignal,
          staticSummary: `callbacks of ${line.entity} ${line.entityId}`,
        }),
      );
    } catch (error) {
      this.log.warn({ err: error, workflowId }, 'could not wake a line of callbacks; the reconciler will');
    }
  }
}

/** Anybody who may log in to the database can notify anything. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
}

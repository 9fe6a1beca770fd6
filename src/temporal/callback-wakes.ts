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

/** Lines that one look takes: a burst must not make a statement of any length. */
const MAX_LINES_PER_LOOK = 500;

/** What the store knows of lines that wait. */
export interface WaitingLines {
  /** All whose next callback could be tried `overdueMs` ago. */
  overdue(overdueMs: number): Promise<CallbackLine[]>;
  /** Of these, those whose next callback may be tried now. */
  due(lines: readonly CallbackLine[]): Promise<CallbackLine[]>;
}

/**
 * Wakes the workflows of lines of callbacks. A wake that fails is not lost: the line is overdue then, and the reconciler wakes
 * it. Told by Postgres (NOTIFY), as every worker is: so a line is looked at first, and woken only while something of it can be
 * tried. On each new connection to Postgres all lines that could be tried are woken.
 */
export class CallbackWakes {
  private readonly told = new Map<string, CallbackLine>();
  private looking: Promise<void> | null = null;
  private readonly waiting = new Map<string, CallbackLine>();
  private running = 0;
  private whenIdle: (() => void)[] = [];
  private stopped = false;

  constructor(
    private readonly client: Client,
    private readonly lines: WaitingLines,
    private readonly log: Logger,
  ) {}

  /** For `Listener`: the payload is a line as JSON. */
  notified(payload: string): void {
    const line = parsed(payload);
    if (!isCallbackLine(line)) {
      this.log.warn({ payload: payload.slice(0, 200) }, 'a notification of callbacks that names no line');
      return;
    }
    this.told.set(callbackWorkflowId(line), line);
    this.looking ??= this.look().finally(() => (this.looking = null));
  }

  connected(): void {
    this.lines.overdue(0).then(
      (lines) => lines.forEach((line) => this.wake(line)),
      (error: unknown) => this.log.warn({ err: error }, 'could not read which callbacks wait'),
    );
  }

  /** What is told during a look is in the next one. Never rejects: a line that could not be looked at is woken. */
  private async look(): Promise<void> {
    while (this.told.size > 0 && !this.stopped) {
      const some = [...this.told].slice(0, MAX_LINES_PER_LOOK);
      for (const [workflowId] of some) this.told.delete(workflowId);
      const lines = some.map(([, line]) => line);
      const due = await this.lines.due(lines).catch((error: unknown) => {
        this.log.warn({ err: error }, 'could not read which callbacks are due');
        return lines;
      });
      due.forEach((line) => this.wake(line));
    }
  }

  /** Several wakes of one line are one. */
  wake(line: CallbackLine): void {
    if (this.stopped) return;
    this.waiting.set(callbackWorkflowId(line), line);
    while (this.running < MAX_AT_ONCE && this.waiting.size > 0) void this.next();
  }

  /** Resolves once no look and no signal is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.told.clear();
    this.waiting.clear();
    await this.looking;
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

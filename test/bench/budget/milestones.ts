import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];
type Timestamp = HistoryEvent['eventTime'];

/** A point on the way of a command, named by what ended there. Unix milliseconds. */
export interface Milestone {
  name: string;
  at: number;
}

/** What the answer of a command waits for; the rest runs beside it. */
const AWAITED = ['askKey', 'recordTransition'];

const millis = (time: Timestamp): number => Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;

/** One workflow's part of a command's way: from the task that takes the Update to the one that answers it. */
export class UpdatePath {
  private readonly milestones: Milestone[] = [];
  private readonly byId: Map<number, HistoryEvent>;
  private tasks = 0;

  private constructor(
    private readonly who: string,
    private readonly events: HistoryEvent[],
  ) {
    this.byId = new Map(events.map((event) => [Number(event.eventId), event]));
  }

  /** The milestones of the first Update of this name; empty where it was never accepted or has no answer yet. */
  static of(who: string, history: History, update: string): Milestone[] {
    const events = history.events ?? [];
    const path = new UpdatePath(who, events);
    const accepted = events.findIndex(
      (event) =>
        event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === update,
    );
    const answered = events.findIndex(
      (event) =>
        Number(event.workflowExecutionUpdateCompletedEventAttributes?.acceptedEventId ?? -1) ===
        Number(events[accepted]?.eventId ?? -2),
    );
    if (accepted < 0 || answered < 0) return [];
    path.walk(accepted, answered);
    return path.milestones;
  }

  private walk(accepted: number, answered: number): void {
    // A task's completion stands before what it brought.
    this.task(this.events.slice(0, accepted).findLast(isTask));
    this.events.slice(accepted, answered).forEach((event, i) => {
      const done = event.activityTaskCompletedEventAttributes;
      if (!done) return;
      const scheduled = this.at(done.scheduledEventId);
      const type = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
      if (!AWAITED.includes(type)) return;
      this.mark(`${this.who}: ${type} waits for a slot`, this.at(done.startedEventId)?.eventTime);
      this.mark(
        type === 'askKey' ? `${this.who}: the key's answer comes back` : `${this.who}: row and event written`,
        event.eventTime,
      );
      this.task(this.events.slice(accepted + i, answered).find(isTask));
    });
  }

  private task(completed: HistoryEvent | undefined): void {
    const attributes = completed?.workflowTaskCompletedEventAttributes;
    if (!completed || !attributes) return;
    this.tasks += 1;
    const name = `${this.who}: task ${this.tasks}`;
    this.mark(`${name} asked for`, this.at(attributes.scheduledEventId)?.eventTime);
    this.mark(`${name} waits for the worker`, this.at(attributes.startedEventId)?.eventTime);
    this.mark(`${name} runs`, completed.eventTime);
  }

  private at(id: HistoryEvent['eventId']): HistoryEvent | undefined {
    return this.byId.get(Number(id));
  }

  private mark(name: string, time: Timestamp): void {
    this.milestones.push({ name, at: millis(time) });
  }
}

const isTask = (event: HistoryEvent): boolean => Boolean(event.workflowTaskCompletedEventAttributes);

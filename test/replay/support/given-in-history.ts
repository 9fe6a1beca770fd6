import { defaultPayloadConverter } from '@temporalio/common';
import type { History, Payload } from '@temporalio/common/lib/proto-utils';
import type { Given } from './reporting';

type Event = NonNullable<History['events']>[number];
type Payloads = { payloads?: Payload[] | null } | null | undefined;

const contentOf = (input: Payloads): unknown[] =>
  (input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload) ?? null);

/** What the recorded run gave to the world, in order: activities, children, signals, answers, its result or its next run. */
export function givenInHistory({ events }: History): Given[] {
  return (events ?? []).flatMap((event) => givenIn(event));
}

function givenIn(event: Event): Given[] {
  const one = (kind: Given['kind'], name: string | null | undefined, input: Payloads): Given[] => [
    { kind, name: name ?? '', content: contentOf(input) },
  ];
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) return one('activity', activity.activityType?.name, activity.input);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (child) return one('child', child.workflowType?.name, child.input);
  const signal = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
  if (signal) return one('signal', signal.signalName, signal.input);
  const answer = event.workflowExecutionUpdateCompletedEventAttributes?.outcome?.success;
  if (answer) return one('answer', '', answer);
  const next = event.workflowExecutionContinuedAsNewEventAttributes;
  if (next) return one('next run', '', next.input);
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return one('result', '', completed.result);
  return [];
}

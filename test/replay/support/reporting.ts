import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { proxySinks, type Sinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
// Its query handlers are what an operator asks; a replay can not be asked from outside.
import { getActivator } from '@temporalio/workflow/lib/global-attributes';

/** Something that a run gave to the world, with what was in it. */
export interface Given {
  kind: 'activity' | 'child' | 'signal' | 'answer' | 'next run' | 'result';
  /** Of the activity, child or signal; else empty. */
  name: string;
  content: unknown[];
}

export interface ReplaySinks extends Sinks {
  replay: {
    /** After each activation: what it gave, what each query would be told now, and what the UI would show. */
    report(given: Given[], states: Record<string, unknown>, details: string): void;
  };
}

type Command = Parameters<typeof given>[0];
const { replay } = proxySinks<ReplaySinks>();

const contentOf = (payloads: unknown): unknown[] =>
  ((payloads ?? []) as Payload[]).map((payload) => defaultPayloadConverter.fromPayload(payload));

/** What a command carries, which Temporal itself does not compare on replay. */
function given(command: {
  scheduleActivity?: { activityType?: string | null; arguments?: unknown } | null;
  startChildWorkflowExecution?: { workflowType?: string | null; input?: unknown } | null;
  signalExternalWorkflowExecution?: { signalName?: string | null; args?: unknown } | null;
  updateResponse?: { completed?: unknown } | null;
  continueAsNewWorkflowExecution?: { arguments?: unknown } | null;
  completeWorkflowExecution?: { result?: unknown } | null;
}): Given[] {
  const { scheduleActivity, startChildWorkflowExecution, signalExternalWorkflowExecution } = command;
  const one = (kind: Given['kind'], name: string | null | undefined, payloads: unknown): Given[] => [
    { kind, name: name ?? '', content: contentOf(payloads) },
  ];
  if (scheduleActivity) return one('activity', scheduleActivity.activityType, scheduleActivity.arguments);
  if (startChildWorkflowExecution)
    return one('child', startChildWorkflowExecution.workflowType, startChildWorkflowExecution.input);
  if (signalExternalWorkflowExecution)
    return one('signal', signalExternalWorkflowExecution.signalName, signalExternalWorkflowExecution.args);
  if (command.updateResponse?.completed) return one('answer', '', [command.updateResponse.completed]);
  if (command.continueAsNewWorkflowExecution)
    return one('next run', '', command.continueAsNewWorkflowExecution.arguments);
  if (command.completeWorkflowExecution)
    return one('result', '', [command.completeWorkflowExecution.result].filter(Boolean));
  return [];
}

/** Built-in ones begin so. */
const OWN_QUERY = /^(?!__)/;

function states(): Record<string, unknown> {
  const handlers = [...getActivator().queryHandlers].filter(([name]) => OWN_QUERY.test(name));
  return Object.fromEntries(handlers.map(([name, { handler }]) => [name, (handler as () => unknown)()]));
}

/** Loaded beside our workflows for a replay only: tells the test what Temporal's own comparison leaves out. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation(input, next) {
        const output = next(input);
        // Plain JSON, as in a history: what crosses to the test is no class of the SDK, and no later change of it.
        const told = JSON.stringify([
          output.commands.flatMap((command) => given(command as Command)),
          states(),
        ]);
        const [all, now] = JSON.parse(told) as [Given[], Record<string, unknown>];
        replay.report(all, now, getActivator().currentDetails);
        return output;
      },
    },
  ],
});

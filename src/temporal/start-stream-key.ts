import { WithStartWorkflowOperation } from '@temporalio/client';
import { streamKeyWorkflowId, TASK_QUEUE_MAIN, WORKFLOW_TASK_TIMEOUT_MS } from '../domain/ids';
import type { StreamKeyFacts, StreamKeyIdentity, StreamKeyInput } from '../workflows/messages';
import { streamKeyWorkflow } from '../workflows/stream-key/workflow';

/** How a stream key's workflow is started, by whoever needs it first. `facts`: only a row that was read just now. */
export const startOfStreamKey = (
  { appId, memberId, streamKeyId }: StreamKeyIdentity,
  facts?: StreamKeyFacts,
) => ({
  workflowId: streamKeyWorkflowId(appId, memberId),
  taskQueue: TASK_QUEUE_MAIN,
  workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
  args: [{ appId, memberId, streamKeyId, facts }] as [StreamKeyInput],
  staticSummary: `stream key ${streamKeyId} of member ${memberId}`,
});

/** For an Update: a running workflow is asked as it is, a missing one is started first. Each operation serves one call. */
export const withStreamKeyStarted = (key: StreamKeyIdentity, facts?: StreamKeyFacts) =>
  new WithStartWorkflowOperation(streamKeyWorkflow, {
    ...startOfStreamKey(key, facts),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });

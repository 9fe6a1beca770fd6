import { streamKeyWorkflowId, TASK_QUEUE_MAIN } from '../domain/ids';
import type { StreamKeyFacts } from '../workflows/messages';
import type { StreamKeyIdentity, StreamKeyInput } from '../workflows/messages';

/** How a stream key's workflow is started, by whoever needs it first. `facts`: only a row that was read just now. */
export const startOfStreamKey = (
  { appId, memberId, streamKeyId }: StreamKeyIdentity,
  facts?: StreamKeyFacts,
) => ({
  workflowId: streamKeyWorkflowId(appId, memberId),
  taskQueue: TASK_QUEUE_MAIN,
  args: [{ appId, memberId, streamKeyId, facts }] as [StreamKeyInput],
  staticSummary: `stream key ${streamKeyId} of member ${memberId}`,
});

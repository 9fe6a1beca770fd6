import { roomWorkflowId, TASK_QUEUE_MAIN, WORKFLOW_TASK_TIMEOUT_MS } from '../domain/ids';
import type { VideoRoomInput } from '../workflows/messages';

/**
 * How a room's workflow is started. A new room's id is used once, unless its run failed; a reborn one takes the place of a run that
 * was ended by hand.
 */
export const startOfVideoRoom = (input: VideoRoomInput) => ({
  workflowId: roomWorkflowId(input.appId, input.roomId),
  taskQueue: TASK_QUEUE_MAIN,
  workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
  workflowIdReusePolicy: input.reborn
    ? ('ALLOW_DUPLICATE' as const)
    : ('ALLOW_DUPLICATE_FAILED_ONLY' as const),
  args: [input] as [VideoRoomInput],
  staticSummary: `room ${input.roomId} of member ${input.memberId}${input.reborn ? ', reborn' : ''}`,
});

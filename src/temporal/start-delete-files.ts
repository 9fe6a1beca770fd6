import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { deleteFilesWorkflowId, TASK_QUEUE_MAIN, WORKFLOW_TASK_TIMEOUT_MS } from '../domain/ids';
import { deleteFilesWorkflow } from '../workflows/delete-files/workflow';
import type { DeleteFilesInput } from '../workflows/messages';

/** Starts the removal of files, unless it is under way. One that failed may be started again. */
export async function startDeleteFiles(client: Client, input: DeleteFilesInput): Promise<void> {
  const { kind, appId, id } = input;
  try {
    await client.workflow.start(deleteFilesWorkflow, {
      workflowId: deleteFilesWorkflowId(kind, appId, id),
      taskQueue: TASK_QUEUE_MAIN,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      args: [input],
      staticSummary: `files of ${kind} ${id}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

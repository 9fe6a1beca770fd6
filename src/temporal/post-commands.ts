import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { postFileWorkflowId, TASK_QUEUE_MAIN, videoPostWorkflowId } from '../domain/ids';
import type { PostFileInput, VideoPostInput } from '../workflows/messages';
import { postFileWorkflow } from '../workflows/video-post/file-workflow';
import { videoPostWorkflow } from '../workflows/video-post/workflow';
import { within } from './client';
import { codedFrom } from './errors';

const START_TIMEOUT_MS = 5_000;

/** Starts the workflows of uploaded posts. Rejects with CodedError. */
export class TemporalPostCommands {
  constructor(private readonly client: Client) {}

  processPost(post: VideoPostInput): Promise<void> {
    return this.start(() =>
      this.client.workflow.start(videoPostWorkflow, {
        workflowId: videoPostWorkflowId(post.appId, post.videoPostId),
        taskQueue: TASK_QUEUE_MAIN,
        // Each run begins at the beginning and keeps what is done: a retry is a run more.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [post],
        staticSummary: `video post ${post.videoPostId}`,
      }),
    );
  }

  takePostFile(file: PostFileInput): Promise<void> {
    return this.start(() =>
      this.client.workflow.start(postFileWorkflow, {
        workflowId: postFileWorkflowId(file.appId, file.videoPostId, file.uploadId),
        taskQueue: TASK_QUEUE_MAIN,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [file],
        staticSummary: `a file of video post ${file.videoPostId}`,
      }),
    );
  }

  private async start(start: () => Promise<unknown>): Promise<void> {
    try {
      await within(this.client, START_TIMEOUT_MS, start);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw codedFrom(error);
    }
  }
}

import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Logger } from '../logger';
import type { CallbackLine } from '../domain/callbacks';
import {
  cancelSignal,
  checkKeySignal,
  type Command,
  type DeleteFilesInput,
  type PostFileInput,
  type StreamKeyIdentity,
  type VideoPostInput,
  type VideoRoomInput,
} from '../workflows/messages';
import { roomWorkflowId, streamKeyWorkflowId } from '../domain/ids';
import { videoRoomWorkflow } from '../workflows/video-room/workflow';
import { streamKeyWorkflow } from '../workflows/stream-key/workflow';
import { within } from './client';
import { isWorkflowNotFound } from './errors';
import { TemporalPostCommands } from './post-commands';
import { startDeleteFiles } from './start-delete-files';
import { startOfStreamKey } from './start-stream-key';
import { startOfVideoRoom } from './start-video-room';

/** Rows that only a running workflow can finish; the store finds them. */
export interface UnfinishedRows {
  /** Runs `work` with them if no other process is at it; otherwise does nothing. */
  whileAlone(
    work: (rows: {
      keys: StreamKeyIdentity[];
      rooms: VideoRoomInput[];
      /** Live, and their keys do not hold them by the record. */
      unheld: VideoRoomInput[];
      /** Scheduled by members that were deleted. */
      toCancel: VideoRoomInput[];
      callbacks: CallbackLine[];
      /** Deleted, and their files are still there. */
      deleted: DeleteFilesInput[];
      /** Uploaded, and not done. */
      posts: VideoPostInput[];
      postFiles: PostFileInput[];
    }) => Promise<void>,
  ): Promise<void>;
}

/** How often unfinished rows are held against workflows: a workflow ended by hand is back within 20 s. */
const RECONCILE_INTERVAL_MS = 10_000;
const CALL_TIMEOUT_MS = 5_000;
/** By it a room knows the command when it is told again. */
const CANCELLED_WITH_MEMBER = 'cancelled-with-its-member';

/**
 * Starts the missing workflow of an unfinished row: somebody terminated it, or Temporal lost it. Keys first, since rooms ask them.
 * Runs in one worker at a time, by a lock in Postgres. Owns one timer; `stop` ends it.
 */
export class Reconciler {
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> = Promise.resolve();
  private readonly posts: TemporalPostCommands;

  constructor(
    private readonly client: Client,
    private readonly rows: UnfinishedRows,
    private readonly log: Logger,
    /** Wakes a line of callbacks that should be at work. */
    private readonly wake: (line: CallbackLine) => void,
    private readonly intervalMs = RECONCILE_INTERVAL_MS,
  ) {
    this.posts = new TemporalPostCommands(client);
  }

  start(): void {
    this.timer = setInterval(() => {
      this.round = this.round.then(() => this.reconcile());
    }, this.intervalMs);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.round;
  }

  /** One round; never rejects: the next one tries again. */
  async reconcile(): Promise<void> {
    try {
      await this.rows.whileAlone(async (rows) => {
        const { keys, rooms, unheld, toCancel, callbacks, deleted, posts, postFiles } = rows;
        callbacks.forEach(this.wake);
        for (const key of keys) await this.reviveKey(key);
        for (const room of rooms) await this.reviveRoom(room);
        for (const room of unheld) await this.checkKeyOf(room);
        for (const room of toCancel) await this.cancelRoom(room);
        for (const input of deleted)
          await within(this.client, CALL_TIMEOUT_MS, () => startDeleteFiles(this.client, input));
        // Safe to start where one is running.
        for (const post of posts) await this.posts.processPost(post);
        for (const file of postFiles) await this.posts.takePostFile(file);
      });
    } catch (error) {
      this.log.warn({ err: error }, 'a round of the reconciler failed');
    }
  }

  private async reviveKey(key: StreamKeyIdentity): Promise<void> {
    if (await this.isRunning(streamKeyWorkflowId(key.appId, key.memberId))) return;
    this.log.warn(
      { streamKeyId: key.streamKeyId },
      'the workflow of a stream key was lost; it goes on from its row',
    );
    await this.started(() => this.client.workflow.start(streamKeyWorkflow, startOfStreamKey(key)));
  }

  private async reviveRoom(input: VideoRoomInput): Promise<void> {
    if (await this.isRunning(roomWorkflowId(input.appId, input.roomId))) return;
    this.log.warn({ roomId: input.roomId }, 'the workflow of a room was lost; it goes on from its row');
    await this.started(() =>
      this.client.workflow.start(videoRoomWorkflow, startOfVideoRoom({ ...input, reborn: true })),
    );
  }

  /** Told, not asked: the workflow records it whenever it is back. Told again it changes nothing. */
  private async cancelRoom(input: VideoRoomInput): Promise<void> {
    const command: Command = { actor: 'app', idempotencyKey: CANCELLED_WITH_MEMBER };
    await this.started(() =>
      this.client.workflow.signalWithStart(videoRoomWorkflow, {
        ...startOfVideoRoom(input),
        signal: cancelSignal,
        signalArgs: [command],
      }),
    );
  }

  /** A run that ended in this instant has no key to ask for. */
  private async checkKeyOf({ appId, roomId }: VideoRoomInput): Promise<void> {
    try {
      const handle = this.client.workflow.getHandle(roomWorkflowId(appId, roomId));
      await within(this.client, CALL_TIMEOUT_MS, () => handle.signal(checkKeySignal));
    } catch (error) {
      if (!isWorkflowNotFound(error)) throw error;
    }
  }

  private async isRunning(workflowId: string): Promise<boolean> {
    try {
      const { status } = await within(this.client, CALL_TIMEOUT_MS, () =>
        this.client.workflow.getHandle(workflowId).describe(),
      );
      return status.name === 'RUNNING';
    } catch (error) {
      if (isWorkflowNotFound(error)) return false;
      throw error;
    }
  }

  private async started(start: () => Promise<unknown>): Promise<void> {
    try {
      await within(this.client, CALL_TIMEOUT_MS, start);
    } catch (error) {
      // Somebody else was first, a publish for example.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { condition, log, ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import {
  archiveWorkflowId,
  roomWorkflowId,
  TASK_QUEUE_MAIN,
  WORKFLOW_TASK_TIMEOUT_MS,
} from '../../domain/ids';
import type { VideoRoomInput } from '../messages';
import { persistentControlOn } from '../proxies';
import { archiveWorkflow } from '../archive/workflow';
import { isoTime, workflowNowMs } from '../time';
import type { RoomJournal } from './journal';

/** The archive reads the timeline's index from storage, so waiting longer for a node that is away gains nothing. */
const CLOSE_WAIT_MS = 10_000;

/** From ENDED on: the broadcast is closed, archived unless it was forced, and the workflow may complete. */
export async function closing(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room } = journal;
  await condition(() => room.isOver);
  const closed = room.state === 'CANCELLED' ? Promise.resolve() : closeBroadcast(input, journal);
  // The last segment is worth a wait; a node that is away for longer is told when it is back, beside the archive.
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  await condition(() => isClosed, CLOSE_WAIT_MS, { summary: 'wait for the last segment' });
  if (room.state === 'ENDED' && !room.forciblyTerminated) await archiveUntilDone(input, journal);
  await closed;
  await journal.written();
  journal.completed = true;
}

async function closeBroadcast(input: VideoRoomInput, { room }: RoomJournal): Promise<void> {
  if (room.nodeId === null) return;
  const request = { playbackName: input.playbackName, endedAt: isoTime(workflowNowMs()) };
  try {
    const { closeBroadcast } = persistentControlOn(room.nodeId);
    await closeBroadcast.executeWithOptions({ summary: 'end the timeline' }, [request]);
  } catch (error) {
    log.warn('the broadcast was never closed: its node did not come back', { error: String(error) });
  }
}

/** One child an attempt; a failure is visible and waits for `retryArchive`. A reborn room goes on with the attempt of its row. */
async function archiveUntilDone(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room, facts } = journal;
  if (facts?.isArchived && room.vodState !== 'FAILED_ARCHIVING') return takeFinished(journal);
  if (room.vodState === 'NOT_ARCHIVED') journal.write((ledger) => ledger.archiveStarted());
  while (room.state !== 'ARCHIVED') {
    if (room.vodState === 'ARCHIVING') await startArchive(input, room.archiveAttempt);
    await condition(() => room.vodState !== 'ARCHIVING');
    await condition(() => room.vodState !== 'FAILED_ARCHIVING');
  }
}

/** The archive was done while nobody was there to hear of it. */
function takeFinished(journal: RoomJournal): void {
  const { room, facts } = journal;
  const videoPostId = facts?.videoPostId ?? null;
  journal.write((ledger) => {
    if (ledger.vodState !== 'ARCHIVING') ledger.archiveStarted();
    ledger.archiveFinished({ attempt: room.archiveAttempt, outcome: 'archived', videoPostId, failure: null });
  });
}

async function startArchive(input: VideoRoomInput, attempt: number): Promise<void> {
  const { appId, roomId, playbackName } = input;
  try {
    await startChild(archiveWorkflow, {
      workflowId: archiveWorkflowId(appId, roomId, attempt),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      taskQueue: TASK_QUEUE_MAIN,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      args: [{ appId, roomId, playbackName, attempt, roomWorkflowId: roomWorkflowId(appId, roomId) }],
      // It must finish whatever becomes of the room's workflow.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `archive of room ${roomId}, attempt ${attempt}`,
    });
  } catch (error) {
    // Started by the run that was lost, and still at work: it tells whoever is the room by then.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

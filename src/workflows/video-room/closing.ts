import { condition, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { archiveWorkflowId, roomWorkflowId, TASK_QUEUE_MAIN } from '../../domain/ids';
import type { VideoRoomInput } from '../messages';
import { promptControlOn } from '../proxies';
import { archiveWorkflow } from '../archive/workflow';
import { isoTime, workflowNowMs } from '../time';
import type { RoomJournal } from './journal';

/** From ENDED on: the broadcast is closed, archived unless it was forced, and the workflow may complete. */
export async function closing(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room } = journal;
  await condition(() => room.isOver);
  if (room.state !== 'CANCELLED') await closeBroadcast(input, journal);
  if (room.state === 'ENDED' && !room.forciblyTerminated) await archiveUntilDone(input, journal);
  await journal.written();
  journal.completed = true;
}

async function closeBroadcast(input: VideoRoomInput, { room }: RoomJournal): Promise<void> {
  if (room.nodeId === null) return;
  const request = { playbackName: input.playbackName, endedAt: isoTime(workflowNowMs()) };
  try {
    const { closeBroadcast } = promptControlOn(room.nodeId);
    await closeBroadcast.executeWithOptions({ summary: 'end the timeline' }, [request]);
  } catch (error) {
    // The archive reads the timeline's index from storage, so a node that is away costs nothing but its last segment.
    log.warn('the broadcast could not be closed on its node', { error: String(error) });
  }
}

/** One child an attempt; a failure is visible and waits for `retryArchive`. */
async function archiveUntilDone(input: VideoRoomInput, journal: RoomJournal): Promise<void> {
  const { room } = journal;
  journal.write((ledger) => ledger.archiveStarted());
  while (room.state !== 'ARCHIVED') {
    await startArchive(input, room.archiveAttempt);
    await condition(() => room.vodState !== 'ARCHIVING');
    await condition(() => room.vodState !== 'FAILED_ARCHIVING');
  }
}

async function startArchive(input: VideoRoomInput, attempt: number): Promise<void> {
  const { appId, roomId, playbackName } = input;
  await startChild(archiveWorkflow, {
    workflowId: archiveWorkflowId(appId, roomId, attempt),
    taskQueue: TASK_QUEUE_MAIN,
    args: [{ appId, roomId, playbackName, attempt, roomWorkflowId: roomWorkflowId(appId, roomId) }],
    // It must finish whatever becomes of the room's workflow.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `archive of room ${roomId}, attempt ${attempt}`,
  });
}

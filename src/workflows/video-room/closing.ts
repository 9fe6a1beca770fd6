import { condition, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { archiveWorkflowId, roomWorkflowId, TASK_QUEUE_MAIN } from '../../domain/ids';
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

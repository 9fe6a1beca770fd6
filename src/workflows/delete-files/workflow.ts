import { getExternalWorkflowHandle, log, upsertSearchAttributes } from '@temporalio/workflow';
import { roomWorkflowId } from '../../domain/ids';
import type { DeleteFilesInput } from '../messages';
import { deleteFilesActivities } from '../proxies';
import { appIdAttribute, roomIdAttribute } from '../search-attributes';

/**
 * Removes the files of a room or post that was deleted, and ends what its room still waits for (the retry of a failed archive);
 * or the live segments of a room that was archived a day ago.
 * Id: `delete-files:<kind>:<app>:<id>`. What is not due by its row keeps its files.
 */
export async function deleteFilesWorkflow(input: DeleteFilesInput): Promise<{ removed: number }> {
  const { kind, appId, id } = input;
  const roomId = kind !== 'videoPost' ? [{ key: roomIdAttribute, value: String(id) }] : [];
  upsertSearchAttributes([{ key: appIdAttribute, value: String(appId) }, ...roomId]);
  if (kind === 'videoRoom') await cancelRoom(appId, id);
  const summary = `files of ${kind} ${id}`;
  return deleteFilesActivities.deleteFiles.executeWithOptions({ summary }, [input]);
}

async function cancelRoom(appId: number, roomId: number): Promise<void> {
  try {
    await getExternalWorkflowHandle(roomWorkflowId(appId, roomId)).cancel();
  } catch {
    log.info('the room had nothing left to do', { roomId });
  }
}

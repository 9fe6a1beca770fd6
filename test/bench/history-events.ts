import type { RoomAnswer } from '../../src/demo/api-client';
import { archiveWorkflowId, roomWorkflowId, streamKeyWorkflowId } from '../../src/domain/ids';
import type { Member, Stage } from './stage';

/** History events of a broadcast's workflows so far. The member's key has carried this one only. */
export async function eventsOf(
  { processes, temporal }: Stage,
  member: Member,
  room: RoomAnswer,
): Promise<{ room: number; streamKey: number; archive: number }> {
  const { appId } = processes.credentials;
  const length = async (workflowId: string): Promise<number> => {
    const { historyLength } = await temporal.workflow.getHandle(workflowId).describe();
    return historyLength;
  };
  const [ofRoom, streamKey, archive] = await Promise.all([
    length(roomWorkflowId(appId, room.id)),
    length(streamKeyWorkflowId(appId, member.memberId)),
    length(archiveWorkflowId(appId, room.id, 1)),
  ]);
  return { room: ofRoom, streamKey, archive };
}

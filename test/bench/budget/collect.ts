import type { RoomAnswer } from '../../../src/demo/api-client';
import { roomWorkflowId, streamKeyWorkflowId } from '../../../src/domain/ids';
import type { Results } from '../results';
import type { Member, Mode, Stage } from '../stage';
import { pieces } from './budget';
import { UpdatePath } from './milestones';

/** When something was asked and answered, by the monotonic clock, milliseconds. */
export interface Asked {
  askedAt: number;
  answeredAt: number;
}

/** This process's monotonic clock as Unix time: servers on this machine read the same clock. */
const unix = (at: number): number => performance.timeOrigin + at;

/** Reads from the histories where the time of a show's first publish and of its goLive went. */
export async function collectBudgets(
  { temporal, processes }: Stage,
  results: Results,
  show: { mode: Mode; member: Member; room: RoomAnswer; publish: Asked; goLive: Asked },
): Promise<void> {
  const { mode, member, room, publish, goLive } = show;
  const { appId } = processes.credentials;
  const historyOf = (workflowId: string) => temporal.workflow.getHandle(workflowId).fetchHistory();
  const [ofRoom, ofKey] = await Promise.all([
    historyOf(roomWorkflowId(appId, room.id)),
    historyOf(streamKeyWorkflowId(appId, member.memberId)),
  ]);
  const add = (command: string, { askedAt, answeredAt }: Asked, milestones: Parameters<typeof pieces>[1]) => {
    results.budget(`${command}, ${mode}`, pieces(unix(askedAt), milestones, unix(answeredAt)));
  };
  add('publish accepted', publish, UpdatePath.of('key', ofKey, 'publish'));
  add('goLive', goLive, [
    ...UpdatePath.of('room', ofRoom, 'goLive'),
    ...UpdatePath.of('key', ofKey, 'claim'),
  ]);
}

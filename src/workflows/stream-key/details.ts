import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import {
  appIdAttribute,
  memberIdAttribute,
  roomIdAttribute,
  streamKeyStateAttribute,
} from '../search-attributes';
import { isoTime, workflowNowMs } from '../time';
import type { StreamKeyInput } from '../messages';
import type { KeyLedgerState } from './ledger-state';

/** Puts the key's public state where operators look: search attributes and the run's details in the UI. */
export function showKey(input: StreamKeyInput, state: KeyLedgerState, reason: string | null): void {
  const { snapshot, session, room } = state;
  upsertSearchAttributes([
    { key: streamKeyStateAttribute, value: snapshot.state },
    { key: roomIdAttribute, value: room ? String(room.roomId) : null },
    { key: appIdAttribute, value: String(input.appId) },
    { key: memberIdAttribute, value: String(input.memberId) },
  ]);
  setCurrentDetails(
    [
      `**${snapshot.state}** since ${isoTime(workflowNowMs())}${reason ? `, by \`${reason}\`` : ''}`,
      '',
      `- stream key ${input.streamKeyId} of member ${input.memberId}, app ${input.appId}`,
      `- session: ${session ? `\`${session.sessionId}\` on ${session.nodeId}, epoch ${session.epoch}, ${session.mode}` : 'none'}`,
      `- holds: ${room ? `room ${room.roomId} (workflow \`${room.roomWorkflowId}\`), live since ${room.grant.grantedAt}` : 'no room'}`,
      `- transitions: ${state.transitionNumber}, ended sessions remembered: ${state.endedSessions.length}`,
      `- ignored messages: ${JSON.stringify(state.ignored)}`,
    ].join('\n'),
  );
}

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

/** Puts the key's recorded state into the search attributes; after the write, so that no answer waits for it. */
export function indexKey(input: StreamKeyInput, { snapshot, room }: KeyLedgerState): void {
  upsertSearchAttributes([
    { key: streamKeyStateAttribute, value: snapshot.state },
    { key: roomIdAttribute, value: room ? String(room.roomId) : null },
    { key: appIdAttribute, value: String(input.appId) },
    { key: memberIdAttribute, value: String(input.memberId) },
  ]);
}

/** Shows the key as it is decided in the run's details in the UI; costs no event. */
export function showKey(input: StreamKeyInput, state: KeyLedgerState, reason: string | null): void {
  const { snapshot, session, room } = state;
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

import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { VideoRoomInput } from '../messages';
import {
  appIdAttribute,
  memberIdAttribute,
  roomIdAttribute,
  roomStateAttribute,
  vodStateAttribute,
} from '../search-attributes';
import { isoTime, workflowNowMs } from '../time';
import type { RoomLedger } from './ledger';

/** Puts the room's public state where operators look: search attributes and the run's details in the UI. */
export function showRoom(
  input: VideoRoomInput,
  room: RoomLedger,
  reason: string | null,
  sessions: readonly string[],
): void {
  upsertSearchAttributes([
    { key: roomStateAttribute, value: room.state },
    { key: vodStateAttribute, value: room.vodState },
    { key: appIdAttribute, value: String(input.appId) },
    { key: memberIdAttribute, value: String(input.memberId) },
    { key: roomIdAttribute, value: String(input.roomId) },
  ]);
  const links = Object.entries(input.links ?? {}).map(([name, url]) => `[${name}](${url})`);
  setCurrentDetails(
    [
      `**${room.state}** since ${isoTime(workflowNowMs())}${reason ? `, by \`${reason}\`` : ''}`,
      '',
      `- room ${input.roomId} of member ${input.memberId}, app ${input.appId}; stream key ${input.streamKeyId}`,
      `- recording: ${room.vodState}${room.videoPostId ? `, video post ${room.videoPostId}` : ''}`,
      `- reconnect window: ${input.reconnectWindowSeconds === null ? 'none, waits until it is ended' : `${input.reconnectWindowSeconds} s`}`,
      `- session now: ${room.session ? `\`${room.session.sessionId}\`, epoch ${room.session.epoch}, ${room.session.mode}` : 'none'}`,
      `- all sessions: ${sessions.length ? sessions.map((id) => `\`${id}\``).join(', ') : 'none yet'}`,
      ...(links.length ? [`- watch: ${links.join(' · ')}`] : []),
    ].join('\n'),
  );
}

import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { offersCmaf, offersRtmp, type OutputMode } from '../../domain/output-mode';
import type { VideoRoomInput } from '../messages';
import {
  appIdAttribute,
  memberIdAttribute,
  roomIdAttribute,
  roomStateAttribute,
  vodStateAttribute,
} from '../search-attributes';
import type { RoomLedger } from './ledger';

/** When and why the room, or its recording, came to be as it is. */
export interface Since {
  at: string;
  reason: string | null;
}

/**
 * Puts the room's recorded state into the search attributes. After the write, as the record does: each costs the server
 * a write of its own, which a command's answer need not wait for.
 */
export function indexRoom(input: VideoRoomInput, room: RoomLedger): void {
  upsertSearchAttributes([
    { key: roomStateAttribute, value: room.state },
    { key: vodStateAttribute, value: room.vodState },
    { key: appIdAttribute, value: String(input.appId) },
    { key: memberIdAttribute, value: String(input.memberId) },
    { key: roomIdAttribute, value: String(input.roomId) },
  ]);
}

/** Shows the room as it is decided in the run's details in the UI; costs no event. */
export function showRoom(
  input: VideoRoomInput,
  room: RoomLedger,
  since: { room: Since; vod: Since | null },
  sessions: readonly string[],
): void {
  const post = room.videoPostId ? `, video post ${room.videoPostId}` : '';
  const links = room.state === 'LIVE' && room.session ? playable(input, room.session.mode) : [];
  setCurrentDetails(
    [
      `**${room.state}** ${sinceText(since.room)}`,
      '',
      `- room ${input.roomId} of member ${input.memberId}, app ${input.appId}; stream key ${input.streamKeyId}`,
      `- recording: ${room.vodState}${post}${since.vod ? `, ${sinceText(since.vod)}` : ''}`,
      `- reconnect window: ${room.reconnectWindowSeconds === null ? 'none, waits until it is ended' : `${room.reconnectWindowSeconds} s`}`,
      `- session now: ${room.session ? `\`${room.session.sessionId}\`, epoch ${room.session.epoch}, ${room.session.mode}` : 'none'}`,
      `- all sessions: ${sessions.length ? sessions.map((id) => `\`${id}\``).join(', ') : 'none yet'}`,
      ...(links.length ? [`- watch: ${links.join(' · ')}`] : []),
    ].join('\n'),
  );
}

const sinceText = ({ at, reason }: Since): string => `since ${at}${reason ? `, by \`${reason}\`` : ''}`;

/** Only what the session's mode offers, and only while it is live: a dead link misleads at 3 a.m. */
function playable({ links = {} }: VideoRoomInput, mode: OutputMode): string[] {
  const offered = [
    ...(offersCmaf(mode) ? ['HLS', 'DASH'] : []),
    ...(offersRtmp(mode) ? ['RTMP', 'FLV'] : []),
  ];
  return offered.filter((name) => links[name]).map((name) => `[${name}](${links[name]})`);
}

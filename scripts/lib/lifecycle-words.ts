import type { ErrorCode } from '../../src/domain/errors';
import type { StreamKeyEvent } from '../../src/domain/stream-key/machine';
import type { RoomEvent } from '../../src/domain/video-room/machine';

/** What docs/lifecycle.md says of each name that the machines use. A new event without words does not compile. */

export const KEY_EVENTS: Record<StreamKeyEvent['type'], string> = {
  ingestStarted: 'an encoder publishes, and its publish was granted',
  viewable: "every output of the session's mode can be played",
  ingestStopped: 'the session ended, whoever says so: its encoder, its node, its lease, or a takeover',
  claim: 'a room goes live with this key',
  release: 'the held room ends in the regular way',
  forceEnd:
    'the held room or the key itself is ended by force; the old key is refused from this instant, a new one is made',
};

export const KEY_GUARDS: Record<string, string> = {
  currentSession: 'the message is of the session that publishes now, and of its epoch where it names one',
  newerEpoch: "the publish's epoch is higher than any before",
  holdsRoom: 'the room that asks is the room that is held',
};

export const ROOM_EVENTS: Record<RoomEvent['type'], string> = {
  goLive: 'the key granted the claim',
  cancel: 'called off before going live',
  keyInactiveLive: "the key's session ended: the encoder is away",
  keyActiveLive: 'a new session can be played: the encoder is back',
  endBroadcast: 'the key released the room, asked by a command or by the reconnect window',
  forceEnd: 'ended by force, by a command on the room or on the key',
  archived: 'original and renditions were made and verified',
};

export const VOD_STATES: Record<string, string> = {
  NOT_ARCHIVED: 'there is no recording to make a VOD of yet, or the end was forced and it is kept privately',
  ARCHIVING: 'playable already, from the live segments; original and renditions are being made',
  ARCHIVED: 'complete and verified',
  FAILED_ARCHIVING: 'the archive gave up; `retryArchive` on the room tries again',
};

/** Refusals that no machine knows: they come from deadlines, versions and the nodes. */
export const OTHER_REFUSALS: ErrorCode[] = [
  'REQUEST_LOCKED',
  'COMMAND_DEADLINE_PASSED',
  'CONTROL_PLANE_UNAVAILABLE',
  'VIDEO_ROOM_VOD_STATE_NOT_FAILED_ARCHIVING',
  'STREAM_KEY_UNKNOWN',
  'STREAM_KEY_ROTATED',
  'TAKEOVER_LIMIT',
  'OUTPUT_MODE_UNKNOWN',
  'CODEC_UNSUPPORTED',
  'DISK_FULL',
  'NODE_FULL',
];

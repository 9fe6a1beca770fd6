import { channelStateOf } from '../../domain/channel';
import {
  NO_PLAYBACK_URLS,
  playbackUrls,
  renditionUrl,
  vodUrls,
  type PlaybackBases,
  type PlaybackUrls,
} from '../../domain/playback-urls';
import { isMoviesOnly, moviesOf } from '../../domain/video-profile';
import { protocolOf } from '../../domain/video-room/types';
import type { VideoRoomDetails } from '../../store/video-rooms';
import { isoOrNull, nestedApp, nestedMember } from './parts';

const isRunning = (room: VideoRoomDetails): boolean =>
  room.state === 'LIVE' || room.state === 'LIVE_INACTIVE';

/** The public's URLs: only while the room is LIVE. */
function publicUrls(room: VideoRoomDetails, bases: PlaybackBases): PlaybackUrls {
  if (room.state !== 'LIVE' || room.format === null) return NO_PLAYBACK_URLS;
  return playbackUrls(bases, room.playback_name, room.format);
}

/** HLS; of a profile of MP4s alone the best one. */
function vodUrl(room: VideoRoomDetails, bases: PlaybackBases): string | null {
  const { post_name: name, post_renditions: renditions } = room;
  if (room.vod_state !== 'ARCHIVED' || name === null) return null;
  const best = renditions && isMoviesOnly(renditions) ? moviesOf(renditions)[0] : undefined;
  return best ? renditionUrl(bases, name, best.name) : vodUrls(bases, name).hls;
}

/** Left-joined: all of it is there, or nothing. */
function nestedKey(room: VideoRoomDetails) {
  const { stream_key_id: id, key_entity_state: state, key_state: streamKeyState } = room;
  if (!isRunning(room) || id === null || state === null || streamKeyState === null) return null;
  return { id, state, streamKeyState };
}

/** Left-joined: all of it is there, or nothing. */
function nestedPost({
  post_id: id,
  post_entity_state: state,
  post_state,
  post_type,
  post_title,
}: VideoRoomDetails) {
  if (id === null || state === null || post_state === null || post_type === null || post_title === null)
    return null;
  return { id, state, videoPostState: post_state, type: post_type, title: post_title };
}

/** FlipFlop's first chat generation: the room's channel under the room's uuid, once the app has opened it. */
const nestedChat = (room: VideoRoomDetails) => ({
  videoKey: room.uuid,
  channelKey: room.uuid,
  createdAt: isoOrNull(room.chat_created_at),
  closedAt: isoOrNull(room.chat_closed_at),
  created: room.chat_created_at !== null,
  closed: room.chat_closed_at !== null,
});

export const serializeVideoRoom = (room: VideoRoomDetails, bases: PlaybackBases) => ({
  id: room.id,
  state: room.entity_state,
  uuid: room.uuid,
  type: room.type,
  protocol: protocolOf(room.type),
  videoRoomState: room.state,
  forciblyTerminated: room.forcibly_terminated,
  vodState: room.vod_state,
  vodUrl: vodUrl(room, bases),
  accessLevel: room.access_level,
  format: room.format ?? ('UNDEFINED' as const),
  app: nestedApp(room),
  member: { ...nestedMember(room), customType: room.member_custom_type },
  // One channel a room, under the room's id.
  channel: {
    id: room.id,
    state: room.entity_state,
    channelState: channelStateOf(room.state),
    name: room.title,
  },
  creatorType: room.creator_type,
  creatorId: room.creator_id ?? room.app_id,
  title: room.title,
  description: room.description,
  customType: room.custom_type,
  customData: room.custom_data,
  policy: {
    hasPassword: room.password_hash !== null,
    manuallyApproval: room.manually_approval,
    canAutoRoomCompositeRecording: room.can_auto_room_composite_recording,
  },
  reconnectWindow: room.reconnect_window_seconds,
  scheduledAt: isoOrNull(room.scheduled_at),
  cancelledAt: isoOrNull(room.cancelled_at),
  lastSessionNo: 0,
  liveStartedAt: isoOrNull(room.live_started_at),
  liveEndedAt: isoOrNull(room.live_ended_at),
  vodArchivedAt: isoOrNull(room.vod_archived_at),
  streamKey: nestedKey(room),
  ...publicUrls(room, bases),
  videoPostId: room.post_id,
  videoPost: nestedPost(room),
  chat: nestedChat(room),
  stats: { totalMemberWhitelistCount: room.allowed_members },
  createdAt: room.created_at.toISOString(),
  lastModifiedAt: room.last_modified_at.toISOString(),
  createdBy: null,
  lastModifiedBy: null,
});

/** For members' clients: they know no room state ARCHIVED, and tell by `vodState`. */
export const serializeVideoRoomForMember = (room: VideoRoomDetails, bases: PlaybackBases) => {
  const { videoRoomState, ...rest } = serializeVideoRoom(room, bases);
  return { ...rest, videoRoomState: videoRoomState === 'ARCHIVED' ? ('ENDED' as const) : videoRoomState };
};

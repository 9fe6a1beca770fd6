import {
  NO_PLAYBACK_URLS,
  playbackUrls,
  type PlaybackBases,
  type PlaybackUrls,
} from '../../domain/playback-urls';
import type { StreamKeyDetails } from '../../store/stream-keys';
import type { Vault } from '../../store/vault';
import { nestedApp, nestedMember } from './parts';

/** The owner's preview: there only while the session's outputs can be played. */
function previewUrls(key: StreamKeyDetails, vault: Vault, bases: PlaybackBases): PlaybackUrls {
  const playable = key.state === 'ACTIVE' || key.state === 'ACTIVE_LIVE';
  if (!playable || key.session_id === null || key.session_mode === null) return NO_PLAYBACK_URLS;
  return playbackUrls(bases, vault.previewName(key.session_id), key.session_mode);
}

/** Left-joined: all of it is there, or nothing. */
function heldRoom({
  room_id: id,
  room_entity_state: state,
  room_state,
  room_type,
  room_title,
}: StreamKeyDetails) {
  if (id === null || state === null || room_state === null || room_type === null || room_title === null)
    return null;
  return { id, state, videoRoomState: room_state, type: room_type, title: room_title };
}

const profilePart = (key: StreamKeyDetails) => ({
  id: key.profile_row_id,
  state: key.profile_entity_state,
  type: key.profile_type,
  name: key.profile_name,
  profile: key.profile_content,
  revision: key.profile_revision,
});

/** A StreamKey as its owner's backend sees it: the only answer that shows the key itself. */
export const serializeStreamKey = (key: StreamKeyDetails, vault: Vault, bases: PlaybackBases) => ({
  id: key.id,
  state: key.entity_state,
  streamKeyState: key.state,
  forciblyTerminated: key.forcibly_terminated,
  app: { ...nestedApp(key), defaultRtmpOutputMode: key.app_default_mode },
  member: nestedMember(key),
  videoRoom: heldRoom(key),
  ingestUrl: `${bases.rtmp}/live`,
  streamKey: vault.decryptStreamKey(key.id, key.key_ciphertext),
  mode: key.session_mode,
  defaultRtmpOutputMode: key.mode,
  ...previewUrls(key, vault, bases),
  profile: profilePart(key),
  error: key.error,
  createdAt: key.created_at.toISOString(),
  lastModifiedAt: key.last_modified_at.toISOString(),
});

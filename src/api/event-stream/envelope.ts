import { NO_PLAYBACK_URLS, playbackUrls, type PlaybackBases } from '../../domain/playback-urls';
import type { ChannelMemberFacts, MemberEvent, TransitionFacts } from '../../store/member-events';
import type { Vault } from '../../store/vault';

/** What addresses in messages are made with. */
export interface EnvelopeDeps {
  vault: Vault;
  bases: PlaybackBases;
}

/** A channel's member as it stands in messages. FlipFlop's clients take no null here. */
export const nestedChannelMember = (member: ChannelMemberFacts) => ({
  type: member.channelMemberType,
  appUser: {
    appUserId: member.appUserId,
    appUserName: member.appUserName ?? '',
    appUserProfileImgUrl: member.appUserProfileImgUrl ?? '',
  },
  customType: member.customType,
  customData: member.customData,
});

/** The owner's preview, while it can be watched and the session is still the key's. */
function previewUrl(transition: TransitionFacts, { vault, bases }: EnvelopeDeps): string | null {
  const { toState, sessionId, keySessionId, keySessionMode } = transition;
  const playable = toState === 'ACTIVE' || toState === 'ACTIVE_LIVE';
  if (!playable || keySessionId === null || keySessionMode === null) return null;
  if (sessionId !== null && sessionId !== keySessionId) return null;
  return playbackUrls(bases, vault.previewName(keySessionId), keySessionMode).liveUrl;
}

const streamKeyData = (transition: TransitionFacts, deps: EnvelopeDeps) => ({
  type: 'STREAM_KEY',
  streamKeyId: String(transition.entityId),
  streamKeyState: transition.toState,
  liveUrl: previewUrl(transition, deps),
});

const isOver = (state: string): boolean => state === 'ENDED' || state === 'ARCHIVED';

function roomData(transition: TransitionFacts, { bases }: EnvelopeDeps) {
  const { toState, data, playbackName, roomFormat } = transition;
  const format = (data['format'] as typeof roomFormat | undefined) ?? roomFormat;
  const live = toState === 'LIVE' && playbackName !== null && format !== null;
  const urls = live ? playbackUrls(bases, playbackName, format) : NO_PLAYBACK_URLS;
  return {
    type: 'VIDEO_ROOM',
    videoRoomId: String(transition.entityId),
    // Members see an archived room as ENDED, with its vodState (api/flipflop-api.md section 15.1).
    videoRoomState: toState === 'ARCHIVED' ? 'ENDED' : toState,
    ...(typeof data['vodState'] === 'string' ? { vodState: data['vodState'] } : {}),
    playUrl: urls.playUrl,
    cmafHlsPlayUrl: urls.cmafHlsPlayUrl,
    cmafDashPlayUrl: urls.cmafDashPlayUrl,
    rtmpPlayUrl: urls.rtmpPlayUrl,
    httpFlvPlayUrl: urls.httpFlvPlayUrl,
    ...(isOver(toState) ? { forciblyTerminated: data['forciblyTerminated'] === true } : {}),
  };
}

/** The JSON object of one event (api/flipflop-api.md section 8). Ids in it are texts. */
export function envelopeOf(event: MemberEvent, deps: EnvelopeDeps) {
  const { messageId, payload, transition } = event;
  const sentAt = event.createdAt.toISOString();
  if (payload) {
    const { channelId, channelMember, message, customType, customData, ...rest } = payload;
    return {
      messageId,
      sentAt,
      origin: rest.origin,
      type: rest.type,
      deliveryType: rest.deliveryType,
      channelId: String(channelId),
      customType,
      customData,
      channelMember: channelMember && nestedChannelMember(channelMember),
      sessionNo: 0,
      message,
    };
  }
  if (!transition) throw new Error('a member event tells nothing');
  return {
    messageId,
    sentAt,
    origin: 'SYSTEM' as const,
    type: 'MESSAGE' as const,
    deliveryType: event.memberId === null ? ('BROADCAST' as const) : ('UNICAST' as const),
    ...(event.channelId === null ? {} : { channelId: String(event.channelId) }),
    customType: 'CHANGE_DATA_CAPTURE',
    customData:
      transition.entity === 'streamKey' ? streamKeyData(transition, deps) : roomData(transition, deps),
  };
}

/** One event as it stands on the wire. JSON has no line break outside of its escapes, so one data line holds it. */
export const frameOf = (event: MemberEvent, deps: EnvelopeDeps): Buffer =>
  Buffer.from(`id: ${event.position}\ndata: ${JSON.stringify(envelopeOf(event, deps))}\n\n`);

import { channelStateOf } from '../../domain/channel';
import type { ChannelMemberDetails } from '../../store/channel-members';
import type { ChannelMessage } from '../../store/channel-messages';
import type { ChannelDetails } from '../../store/channels';
import { nestedChannelMember } from '../event-stream/envelope';
import { isoOrNull } from './parts';

/** Channels have one session; FlipFlop counts them from 0, as it does with rooms. */
const SESSION_NO = 0;

export const serializeChannel = (channel: ChannelDetails) => ({
  id: channel.id,
  state: 'ACTIVE' as const,
  channelState: channelStateOf(channel.room_state),
  app: { id: channel.app_id, state: channel.app_entity_state, name: channel.app_name },
  referenceType: 'VIDEO_ROOM' as const,
  referenceId: channel.id,
  lastSessionNo: SESSION_NO,
  name: channel.room_title,
  description: channel.room_description,
  customType: channel.room_custom_type,
  customData: channel.room_custom_data,
  policy: { canMemberSelfJoin: true, memberAutoLeaveWhenDisconnects: false, canAutoResume: false },
  openedAt: isoOrNull(channel.room_live_started_at),
  pausedAt: null,
  autoPaused: false,
  resumedAt: null,
  closedAt: isoOrNull(channel.room_closed_at),
  stats: { currentOnlineMemberCount: channel.online_members },
  createdAt: channel.created_at.toISOString(),
  lastModifiedAt: channel.last_modified_at.toISOString(),
});

/** `mail`: whether the reader may see the member's address. */
export const serializeChannelMember = (member: ChannelMemberDetails, { mail }: { mail: boolean }) => ({
  id: member.id,
  channelMemberState: member.state,
  channelMemberType: member.type,
  appUser: {
    appUserId: member.app_user_id,
    // FlipFlop's clients take no null in these two.
    appUserName: member.app_user_name ?? '',
    appUserProfileImgUrl: member.app_user_profile_img_url ?? '',
    appUserCustomData: member.app_user_custom_data,
    email: mail ? member.app_user_email : null,
  },
  customType: member.custom_type,
  customData: member.custom_data,
  joinedAt: member.joined_at.toISOString(),
  rejoinedAt: isoOrNull(member.rejoined_at),
  lastSeenAt: isoOrNull(member.last_seen_at),
  bannedAt: isoOrNull(member.banned_at),
  unbannedAt: isoOrNull(member.unbanned_at),
  leavedAt: isoOrNull(member.left_at),
  autoLeaved: member.auto_leaved,
});

export const serializeMessage = (message: ChannelMessage) => ({
  messageId: message.messageId,
  sentAt: message.sentAt.toISOString(),
  origin: message.origin,
  type: message.type,
  deliveryType: message.deliveryType,
  channelId: String(message.channelId),
  channelMember: message.channelMember && nestedChannelMember(message.channelMember),
  sessionNo: SESSION_NO,
  message: message.message,
  customType: message.customType,
  customData: message.customData,
});

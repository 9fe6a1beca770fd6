import type { RoomState } from './video-room/machine';

export const CHANNEL_STATES = ['CREATED', 'OPENED', 'PAUSED', 'CLOSED'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

export const CHANNEL_MEMBER_TYPES = ['OPERATOR', 'MEMBER'] as const;
export type ChannelMemberType = (typeof CHANNEL_MEMBER_TYPES)[number];

export const CHANNEL_MEMBER_STATES = ['ONLINE', 'OFFLINE', 'BANNED', 'LEAVED'] as const;
export type ChannelMemberState = (typeof CHANNEL_MEMBER_STATES)[number];

export const MESSAGE_ORIGINS = ['MEMBER', 'APP', 'SYSTEM'] as const;
export type MessageOrigin = (typeof MESSAGE_ORIGINS)[number];

export const MESSAGE_TYPES = ['MESSAGE', 'SIGNAL'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export const DELIVERY_TYPES = ['UNICAST', 'BROADCAST'] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/** What the system itself tells on a channel, as FlipFlop names it. */
export const SYSTEM_EVENTS = ['JOINED', 'LEAVED', 'CHANNEL_STAT_UPDATED', 'CHANGE_DATA_CAPTURE'] as const;
export type SystemEvent = (typeof SYSTEM_EVENTS)[number];

const STATES: Record<RoomState, ChannelState> = {
  SCHEDULED: 'CREATED',
  // While the encoder is away people go on talking.
  LIVE: 'OPENED',
  LIVE_INACTIVE: 'OPENED',
  ENDED: 'CLOSED',
  ARCHIVED: 'CLOSED',
  CANCELLED: 'CLOSED',
};

/** A room's channel follows the room; it has no state of its own that could differ. */
export const channelStateOf = (room: RoomState): ChannelState => STATES[room];

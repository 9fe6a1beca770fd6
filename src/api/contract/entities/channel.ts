import { z } from 'zod';
import {
  CHANNEL_MEMBER_STATES,
  CHANNEL_MEMBER_TYPES,
  CHANNEL_STATES,
  DELIVERY_TYPES,
  MESSAGE_ORIGINS,
  MESSAGE_TYPES,
} from '../../../domain/channel';
import { said } from '../operation';
import { appPart, customData, entityState, id, time } from './parts';

const count = z.int().min(0);

/** What people put into messages: any JSON object. */
const freeData = said(z.record(z.string(), z.unknown()), 'Data of your own.', '사용자 정의 데이터.', {
  color: 'red',
});

const messageId = said(
  z.string(),
  'Rises with each message of a channel; a time in nanoseconds.',
  '채널 메시지마다 증가하는 나노초 단위 시각 문자열.',
  '2026-11-21T12:00:00.123456789Z',
);

export const channel = z
  .object({
    id: said(id, 'The id of the video room, whose only channel it is.', '비디오룸 ID와 같습니다.', 7),
    state: entityState,
    channelState: said(
      z.enum(CHANNEL_STATES),
      'Follows the room: CREATED before, OPENED during, CLOSED after the broadcast.',
      '비디오룸을 따릅니다: 방송 전 CREATED, 방송 중 OPENED, 방송 후 CLOSED.',
    ),
    app: appPart,
    referenceType: z.literal('VIDEO_ROOM'),
    referenceId: id,
    lastSessionNo: count,
    name: z.string(),
    description: z.string().nullable(),
    customType: z.string().nullable(),
    customData: customData.nullable(),
    policy: z.object({
      canMemberSelfJoin: z.boolean(),
      memberAutoLeaveWhenDisconnects: z.boolean(),
      canAutoResume: z.boolean(),
    }),
    openedAt: time.nullable(),
    pausedAt: time.nullable(),
    autoPaused: z.boolean(),
    resumedAt: time.nullable(),
    closedAt: time.nullable(),
    stats: z.object({ currentOnlineMemberCount: count }),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'Channel' });

export const channelMember = z
  .object({
    id,
    channelMemberState: z.enum(CHANNEL_MEMBER_STATES),
    channelMemberType: z.enum(CHANNEL_MEMBER_TYPES),
    appUser: z.object({
      appUserId: z.string(),
      appUserName: z.string(),
      appUserProfileImgUrl: z.string(),
      appUserCustomData: customData.nullable(),
      email: z.string().nullable(),
    }),
    customType: z.string().nullable(),
    customData: customData.nullable(),
    joinedAt: time,
    rejoinedAt: time.nullable(),
    lastSeenAt: time.nullable(),
    bannedAt: time.nullable(),
    unbannedAt: time.nullable(),
    leavedAt: time.nullable(),
    autoLeaved: z.boolean(),
  })
  .meta({ id: 'ChannelMember' });

/** A member as it stands in messages: to others, without its mail address. */
export const nestedChannelMember = z
  .object({
    type: z.enum(CHANNEL_MEMBER_TYPES),
    appUser: z.object({
      appUserId: z.string(),
      appUserName: z.string(),
      appUserProfileImgUrl: z.string(),
    }),
    customType: z.string().nullable(),
    customData: customData.nullable(),
  })
  .meta({ id: 'ChannelMessageMember' });

export const channelMessage = z
  .object({
    messageId,
    sentAt: time,
    origin: z.enum(MESSAGE_ORIGINS),
    type: z.enum(MESSAGE_TYPES),
    deliveryType: z.enum(DELIVERY_TYPES),
    channelId: z.string(),
    channelMember: nestedChannelMember.nullable(),
    sessionNo: count,
    message: z.string().nullable(),
    customType: z.string().nullable(),
    customData: freeData.nullable(),
  })
  .meta({ id: 'ChannelMessage' });

/** One event of the stream: a message, or what the system tells. */
export const streamedEvent = z
  .object({
    messageId,
    sentAt: time,
    origin: z.enum(MESSAGE_ORIGINS),
    type: z.enum(MESSAGE_TYPES),
    deliveryType: z.enum(DELIVERY_TYPES),
    channelId: z.string().optional(),
    customType: said(
      z.string().nullable(),
      'Of the system: JOINED, LEAVED, CHANNEL_STAT_UPDATED, CHANGE_DATA_CAPTURE.',
      '시스템 이벤트: JOINED, LEAVED, CHANNEL_STAT_UPDATED, CHANGE_DATA_CAPTURE.',
      'CHANGE_DATA_CAPTURE',
    ),
    customData: freeData.nullable(),
    channelMember: nestedChannelMember.nullable().optional(),
    sessionNo: count.optional(),
    message: z.string().nullable().optional(),
  })
  .meta({ id: 'StreamedEvent' });

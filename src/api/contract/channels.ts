import {
  channelMembersQuery,
  channelMessageBody,
  channelMessagesByIdQuery,
  channelMessagesQuery,
  joinChannelBody,
} from '../schemas/channel';
import { channel, channelMember, channelMessage } from './entities/channel';
import { pageOf } from './entities/page';
import { operation } from './operation';
import { MEMBER_NAMED, ROOM_PATH } from './shared';

const SEEN = ['VIDEO_ROOM_NOT_FOUND', 'VIDEO_ROOM_ACCESS_DENIED'] as const;
const SEEN_BY_ID = ['CHANNEL_NOT_FOUND', 'VIDEO_ROOM_ACCESS_DENIED'] as const;
const READ = ['CHANNEL_MEMBER_BANNED', 'CHANNEL_NOT_JOINED', 'CHANNEL_MESSAGE_NOT_FOUND'] as const;
const SENT = [
  'CHANNEL_STATE_CLOSED',
  'CHANNEL_NOT_JOINED',
  'CHANNEL_MEMBER_BANNED',
  'EMPTY_CHANNEL_MESSAGE',
  'CHAT_MESSAGE_HAS_BANNED_WORD',
] as const;
const OPERATED = [
  ...SEEN,
  'CHANNEL_OPERATOR_REQUIRED',
  'CHANNEL_MEMBER_NOT_FOUND',
  'CHANNEL_OWNER_NOT_CHANGEABLE',
] as const;
const BASE = `${ROOM_PATH}/channel` as const;
const BY_ID = '/channels/{channelId}/messages';
const id = (name: string) => `MembersApiChannelsController_${name}`;
const MESSAGE = { type: 'MESSAGE', message: 'Hello!', persistence: true };

/** A video room's channel, as its members use it. */
export const channelsContract = {
  getChannel: operation({
    id: id('getChannel'),
    tag: 'channels',
    method: 'get',
    path: BASE,
    summary: { en: 'Get the channel of a video room', ko: '비디오룸의 채널 조회' },
    answer: { status: 200, schema: channel },
    errors: SEEN,
  }),
  joinChannel: operation({
    id: id('joinChannel'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/join`,
    summary: { en: 'Join the channel', ko: '채널 참여' },
    description: {
      en: 'From now on the event stream tells what happens in the channel. Joining twice changes nothing.',
      ko: '참여한 시점부터 이벤트 스트림으로 채널 이벤트를 받습니다. 중복 참여는 아무것도 바꾸지 않습니다.',
    },
    body: joinChannelBody,
    bodyExample: { password: 'open sesame', customType: 'viewer' },
    answer: { status: 204 },
    errors: [
      ...SEEN,
      'CHANNEL_STATE_CLOSED',
      'CHANNEL_MEMBER_BANNED',
      'INVALID_VIDEO_ROOM_PASSWORD',
      'TOO_MANY_WRONG_PASSWORDS',
    ],
  }),
  leaveChannel: operation({
    id: id('leaveChannel'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/leave`,
    summary: { en: 'Leave the channel', ko: '채널 나가기' },
    description: {
      en: 'The own LEAVED is the last event of the channel. Leaving twice changes nothing.',
      ko: '자신의 LEAVED 이벤트가 마지막 채널 이벤트입니다. 중복 요청은 아무것도 바꾸지 않습니다.',
    },
    answer: { status: 204 },
    errors: ['VIDEO_ROOM_NOT_FOUND'],
  }),
  sendChannelMessage: operation({
    id: id('sendChannelMessage'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/messages`,
    summary: { en: 'Send a message to the channel', ko: '채널 메시지 전송' },
    body: channelMessageBody,
    bodyExample: MESSAGE,
    answer: { status: 204 },
    errors: [...SEEN, ...SENT],
  }),
  listChannelMessages: operation({
    id: id('listChannelMessages'),
    tag: 'channels',
    method: 'get',
    path: `${BASE}/messages`,
    summary: { en: 'List messages of the channel', ko: '채널 메시지 목록 조회' },
    description: {
      en: 'The kept messages next to one, those nearest to it first. Without one: from the newest (BEFORE) or the oldest (AFTER).',
      ko: '기준 메시지에 가까운 순서로 저장된 메시지를 조회합니다. 기준이 없으면 최신(BEFORE) 또는 가장 오래된 메시지(AFTER)부터입니다.',
    },
    query: channelMessagesQuery,
    answer: { status: 200, schema: pageOf(channelMessage) },
    errors: [...SEEN, ...READ],
  }),
  getChannelMessage: operation({
    id: id('getChannelMessage'),
    tag: 'channels',
    method: 'get',
    path: `${BASE}/messages/{messageId}`,
    summary: { en: 'Get a message of the channel', ko: '채널 메시지 조회' },
    parameters: { messageId: { en: 'Id of a message', ko: '메시지 ID' } },
    answer: { status: 200, schema: channelMessage },
    errors: [...SEEN, ...READ],
  }),
  listChannelMembers: operation({
    id: id('listChannelMembers'),
    tag: 'channels',
    method: 'get',
    path: `${BASE}/members`,
    summary: { en: 'List members of the channel', ko: '채널 멤버 목록 조회' },
    query: channelMembersQuery,
    answer: { status: 200, schema: pageOf(channelMember) },
    errors: [...SEEN, 'CHANNEL_MEMBER_BANNED', 'CHANNEL_NOT_JOINED'],
  }),
  getChannelMember: operation({
    id: id('getChannelMember'),
    tag: 'channels',
    method: 'get',
    path: `${BASE}/members/{appUserId}`,
    summary: { en: 'Get a member of the channel', ko: '채널 멤버 조회' },
    parameters: MEMBER_NAMED,
    answer: { status: 200, schema: channelMember },
    errors: [...SEEN, 'CHANNEL_MEMBER_BANNED', 'CHANNEL_NOT_JOINED', 'CHANNEL_MEMBER_NOT_FOUND'],
  }),
  setChannelMemberAsOperator: operation({
    id: id('setChannelMemberAsOperator'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/members/{appUserId}/set-as-operator`,
    summary: { en: 'Make a member an operator', ko: '멤버를 운영자로 지정' },
    parameters: MEMBER_NAMED,
    answer: { status: 204 },
    errors: OPERATED,
  }),
  setChannelMemberAsMember: operation({
    id: id('setChannelMemberAsMember'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/members/{appUserId}/set-as-member`,
    summary: { en: 'Make an operator a member', ko: '운영자를 일반 멤버로 지정' },
    parameters: MEMBER_NAMED,
    answer: { status: 204 },
    errors: OPERATED,
  }),
  banChannelMember: operation({
    id: id('banChannelMember'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/members/{appUserId}/ban`,
    summary: { en: 'Ban a member from the channel', ko: '채널 멤버 차단' },
    description: {
      en: 'The member leaves, can not join again, and stops watching.',
      ko: '해당 멤버는 채널에서 나가고, 다시 참여하거나 시청할 수 없습니다.',
    },
    parameters: MEMBER_NAMED,
    answer: { status: 204 },
    errors: OPERATED,
  }),
  unbanChannelMember: operation({
    id: id('unbanChannelMember'),
    tag: 'channels',
    method: 'post',
    path: `${BASE}/members/{appUserId}/unban`,
    summary: { en: 'Lift the ban of a member (ours)', ko: '채널 멤버 차단 해제 (자체 기능)' },
    parameters: MEMBER_NAMED,
    answer: { status: 204 },
    errors: OPERATED,
  }),
  sendMessageById: operation({
    id: id('sendMessageById'),
    tag: 'channels',
    method: 'post',
    path: BY_ID,
    summary: { en: 'Send a message by the channel’s id', ko: '채널 ID로 메시지 전송' },
    body: channelMessageBody,
    bodyExample: MESSAGE,
    answer: { status: 204 },
    errors: [...SEEN_BY_ID, ...SENT],
  }),
  listMessagesById: operation({
    id: id('listMessagesById'),
    tag: 'channels',
    method: 'get',
    path: BY_ID,
    summary: { en: 'List messages by the channel’s id', ko: '채널 ID로 메시지 목록 조회' },
    query: channelMessagesByIdQuery,
    answer: { status: 200, schema: pageOf(channelMessage) },
    errors: [...SEEN_BY_ID, ...READ],
  }),
  issueWebRtcToken: operation({
    id: 'MembersApiVideoRoomsController_issueWebRtcToken',
    tag: 'videoRooms',
    method: 'post',
    path: `${ROOM_PATH}/web-rtc-tokens`,
    summary: { en: 'Issue a WebRTC token (not built yet)', ko: 'WebRTC 토큰 발급 (아직 제공되지 않음)' },
    answer: { status: 201 },
    errors: ['NOT_BUILT_YET'],
  }),
} as const;

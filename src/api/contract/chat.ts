import { z } from 'zod';
import { bannedWordsBody, broadcastBody, chatMembersQuery, directBody } from '../schemas/chat';
import { id as entityId, time } from './entities/parts';
import { operation } from './operation';
import { MEMBER_NAMED, ROOM_PATH } from './shared';

const id = (name: string) => `AppsServerApiChatController_${name}`;
const count = z.int().min(0);
const keys = { videoKey: z.string(), channelKey: z.string() };

const chatRoom = z
  .object({
    ...keys,
    totalChatMessageCount: count,
    totalChatMemberCount: count,
    closed: z.boolean(),
    createdAt: time,
  })
  .meta({ id: 'ChatRoom' });

const chatMembers = z
  .object({
    nextCursor: count,
    count,
    content: z.array(
      z.object({
        appUserId: z.string(),
        appUserName: z.string().nullable(),
        appUserProfileImgUrl: z.string().nullable(),
        joinedAt: time,
      }),
    ),
  })
  .meta({ id: 'ChatRoomMembers' });

const sent = z.object({ ...keys, messageId: entityId }).meta({ id: 'SentChatMessage' });

const chatMessage = z
  .object({
    ...keys,
    messageId: entityId,
    messageType: z.string(),
    customType: z.string().nullable(),
    message: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
    receiverAppUserIds: z.array(z.string()),
    createdAt: time,
  })
  .meta({ id: 'ChatMessage' });

const ROOM = `${ROOM_PATH}/chat-room` as const;
const MESSAGE = `${ROOM}/messages/{messageId}` as const;
const FOUND = ['VIDEO_ROOM_NOT_FOUND', 'CHAT_ROOM_NOT_FOUND'] as const;
const SENT = [...FOUND, 'CHAT_ROOM_CLOSED', 'EMPTY_CHAT_ROOM_MESSAGE_TYPE', 'MEMBER_NOT_FOUND'] as const;
const ONE = ['VIDEO_ROOM_NOT_FOUND', 'CHAT_ROOM_MESSAGE_NOT_FOUND'] as const;

/** First-generation chat, for backends that still call it. It is the channel of the room, in other words. */
export const chatContract = {
  createChatRoom: operation({
    id: id('createChatRoom'),
    tag: 'chat',
    method: 'post',
    path: ROOM,
    summary: { en: 'Create the chat room of a video room', ko: '비디오룸 채팅방 생성' },
    answer: { status: 200, schema: chatRoom },
    errors: ['VIDEO_ROOM_NOT_FOUND', 'CHAT_ROOM_ALREADY_EXISTS'],
  }),
  getChatRoom: operation({
    id: id('getChatRoom'),
    tag: 'chat',
    method: 'get',
    path: ROOM,
    summary: { en: 'Get the chat room', ko: '채팅방 조회' },
    answer: { status: 200, schema: chatRoom },
    errors: FOUND,
  }),
  closeChatRoom: operation({
    id: id('closeChatRoom'),
    tag: 'chat',
    method: 'post',
    path: `${ROOM}/close`,
    summary: { en: 'Close the chat room', ko: '채팅방 닫기' },
    answer: { status: 200, schema: chatRoom },
    errors: FOUND,
  }),
  listChatRoomMembers: operation({
    id: id('listChatRoomMembers'),
    tag: 'chat',
    method: 'get',
    path: `${ROOM}/members`,
    summary: { en: 'List who is in the chat room', ko: '채팅방 참여 멤버 조회' },
    query: chatMembersQuery,
    answer: { status: 200, schema: chatMembers },
    errors: FOUND,
  }),
  broadcastChatMessage: operation({
    id: id('broadcastChatMessage'),
    tag: 'chat',
    method: 'post',
    path: `${ROOM}/admin/messages/broadcast`,
    summary: { en: 'Send an admin message to all', ko: '관리자 메시지 전체 전송' },
    body: broadcastBody,
    bodyExample: { messageType: 'MESSAGE', message: 'We begin in five minutes.' },
    answer: { status: 201, schema: sent },
    errors: SENT,
  }),
  sendDirectChatMessage: operation({
    id: id('sendDirectChatMessage'),
    tag: 'chat',
    method: 'post',
    path: `${ROOM}/admin/messages/direct`,
    summary: { en: 'Send an admin message to some members', ko: '관리자 메시지 개별 전송' },
    body: directBody,
    bodyExample: { messageType: 'DM', message: 'Welcome!', appUserIds: ['alice'] },
    answer: { status: 201, schema: sent },
    errors: [...SENT, 'EMPTY_CHAT_ROOM_APP_USER_IDS'],
  }),
  getChatMessage: operation({
    id: id('getChatMessage'),
    tag: 'chat',
    method: 'get',
    path: MESSAGE,
    summary: { en: 'Get a chat message', ko: '채팅 메시지 조회' },
    answer: { status: 200, schema: chatMessage },
    errors: ONE,
  }),
  hideChatMessage: operation({
    id: id('hideChatMessage'),
    tag: 'chat',
    method: 'post',
    path: `${MESSAGE}/hide`,
    summary: { en: 'Hide a chat message', ko: '채팅 메시지 숨기기' },
    answer: { status: 204 },
    errors: ONE,
  }),
  unhideChatMessage: operation({
    id: id('unhideChatMessage'),
    tag: 'chat',
    method: 'post',
    path: `${MESSAGE}/unhide`,
    summary: { en: 'Show a hidden chat message again', ko: '숨긴 채팅 메시지 다시 표시' },
    answer: { status: 204 },
    errors: ONE,
  }),
  deleteChatMessage: operation({
    id: id('deleteChatMessage'),
    tag: 'chat',
    method: 'delete',
    path: MESSAGE,
    summary: { en: 'Delete a chat message', ko: '채팅 메시지 삭제' },
    answer: { status: 204 },
    errors: ONE,
  }),
  banChatWords: operation({
    id: id('banChatWords'),
    tag: 'chat',
    method: 'post',
    path: '/banned-chat-words',
    summary: { en: 'Ban words from all chats of the app', ko: '채팅 금칙어 등록' },
    description: {
      en: 'A member’s message that contains one, in whatever case, is refused.',
      ko: '금칙어가 포함된 멤버 메시지는 대소문자와 관계없이 거부됩니다.',
    },
    body: bannedWordsBody,
    bodyExample: { words: ['spam'] },
    answer: { status: 204 },
    errors: ['EMPTY_CHAT_ROOM_WORDS'],
  }),
  allowChatWords: operation({
    id: id('allowChatWords'),
    tag: 'chat',
    method: 'delete',
    path: '/banned-chat-words/{words}',
    summary: { en: 'Allow banned words again', ko: '채팅 금칙어 삭제' },
    parameters: { words: { en: 'Words, separated by commas', ko: '쉼표로 구분된 단어 목록' } },
    answer: { status: 204 },
    errors: ['EMPTY_CHAT_ROOM_WORDS', 'INVALID_REQUEST'],
  }),
  issueGuestChatToken: operation({
    id: id('issueGuestChatToken'),
    tag: 'chat',
    method: 'post',
    path: '/members/guest-chat-tokens',
    summary: {
      en: 'Issue a guest’s chat token (not built yet)',
      ko: '게스트 채팅 토큰 발급 (아직 제공되지 않음)',
    },
    answer: { status: 200 },
    errors: ['NOT_BUILT_YET'],
  }),
  issueChatToken: operation({
    id: id('issueChatToken'),
    tag: 'chat',
    method: 'post',
    path: '/members/{appUserId}/chat-tokens',
    summary: { en: 'Issue a chat token (not built yet)', ko: '채팅 토큰 발급 (아직 제공되지 않음)' },
    parameters: MEMBER_NAMED,
    answer: { status: 200 },
    errors: ['NOT_BUILT_YET'],
  }),
} as const;

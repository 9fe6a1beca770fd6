import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { said } from '../contract/operation';
import { messageData, messageText } from './channel';
import { customType, isMissing, text } from './fields';
import { optional, wholeNumber } from './page';

const MAX_WORDS = 1_000;
const MAX_WORD_CHARACTERS = 100;
/** Of a direct message. More people are reached by a broadcast. */
const MAX_RECEIVERS = 100;
const DEFAULT_MEMBERS = 20;
const MAX_MEMBERS = 1_000;

const code = (name: ErrorCode): ErrorCode => name;

const messageType = <const T extends string>(types: readonly T[]) =>
  said(
    z.enum(types, {
      error: (issue) =>
        isMissing(issue.input) ? code('EMPTY_CHAT_ROOM_MESSAGE_TYPE') : `takes ${types.join(', ')}`,
    }),
    'How clients take it: COMMAND is for programs, the rest is shown.',
    '클라이언트 처리 방식: COMMAND는 프로그램용이며 나머지는 화면에 표시됩니다.',
    types[0],
  );

const receivers = z.array(text(64)).max(MAX_RECEIVERS, `takes at most ${MAX_RECEIVERS} ids`);

const message = {
  customType: customType.nullish(),
  message: messageText.nullish(),
  data: messageData.nullish(),
};

export const broadcastBody = z.object({
  messageType: messageType(['MESSAGE', 'COMMAND', 'ADMIN']),
  ...message,
  appUserIds: said(
    receivers.nullish(),
    'Only these members; without it all who are in the channel.',
    '지정된 멤버에게만 전송합니다. 없으면 채널의 모든 멤버에게 전송합니다.',
    ['alice'],
  ),
});

export const directBody = z.object({
  messageType: messageType(['DM', 'COMMAND', 'ADMIN']),
  ...message,
  appUserIds: z
    .array(text(64), {
      error: (issue) =>
        isMissing(issue.input) ? code('EMPTY_CHAT_ROOM_APP_USER_IDS') : 'takes a list of ids',
    })
    .min(1, code('EMPTY_CHAT_ROOM_APP_USER_IDS'))
    .max(MAX_RECEIVERS, `takes at most ${MAX_RECEIVERS} ids`),
});

export const word = text(MAX_WORD_CHARACTERS).min(1, 'takes no empty word');

export const bannedWordsBody = z.object({
  words: z
    .array(word, {
      error: (issue) => (isMissing(issue.input) ? code('EMPTY_CHAT_ROOM_WORDS') : 'takes a list of words'),
    })
    .min(1, code('EMPTY_CHAT_ROOM_WORDS'))
    .max(MAX_WORDS, `takes at most ${MAX_WORDS} words`),
});

export const chatMembersQuery = z.object({
  cursor: said(
    optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)).transform((value) => value ?? 0),
    'Where to go on: nextCursor of the last answer, 0 at first.',
    '이전 응답의 nextCursor. 처음에는 0입니다.',
    0,
  ),
  count: said(
    optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)).transform((value) =>
      Math.min(value ?? DEFAULT_MEMBERS, MAX_MEMBERS),
    ),
    'Members of one answer, 20 by default. More than 1,000 counts as 1,000.',
    '응답당 멤버 수, 기본값 20. 1,000을 초과하면 1,000으로 처리됩니다.',
    20,
  ),
});

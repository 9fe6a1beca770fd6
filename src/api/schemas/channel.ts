import { z } from 'zod';
import { MESSAGE_TYPES } from '../../domain/channel';
import { said } from '../contract/operation';
import { customData, customType, isStorableText, NOT_STORABLE_MESSAGE, text } from './fields';
import { optional, pageQuery, wholeNumber } from './page';

const MAX_PASSWORD_CHARACTERS = 255;
const MAX_MESSAGE_CHARACTERS = 5_000;
/** A signal carries a few fields; it goes to every member of the channel. */
const MAX_MESSAGE_DATA_CHARACTERS = 4_096;
const MAX_MESSAGE_ID_CHARACTERS = 40;
const DEFAULT_MESSAGES = 20;
const MAX_MESSAGES = 100;

const asJson = (value: unknown): string => JSON.stringify(value) ?? '';

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => isStorableText(name) && isStorable(inner));
}

const DATA_MESSAGE = `takes an object of at most ${MAX_MESSAGE_DATA_CHARACTERS} characters as JSON`;
/** Checked for its size before anybody walks through it. */
export const messageData = z
  .record(z.string(), z.unknown(), DATA_MESSAGE)
  .refine((value) => asJson(value).length <= MAX_MESSAGE_DATA_CHARACTERS, {
    error: DATA_MESSAGE,
    abort: true,
  })
  .refine(isStorable, NOT_STORABLE_MESSAGE);

export const messageText = text(MAX_MESSAGE_CHARACTERS);

export const joinChannelBody = z.object({
  password: said(
    text(MAX_PASSWORD_CHARACTERS).nullish(),
    'The password of the room, where it has one.',
    '비디오룸에 비밀번호가 있는 경우 그 비밀번호.',
    'open sesame',
  ),
  customType: customType.nullish(),
  customData: customData.nullish(),
});

export const channelMessageBody = z.object({
  type: said(
    z.enum(MESSAGE_TYPES, `takes ${MESSAGE_TYPES.join(', ')}`).nullish(),
    'MESSAGE (default) or SIGNAL.',
    'MESSAGE(기본값) 또는 SIGNAL.',
    'MESSAGE',
  ),
  message: messageText.nullish(),
  customType: customType.nullish(),
  customData: messageData.nullish(),
  persistence: said(
    z.boolean('takes true or false').nullish(),
    'Whether it is kept and listed; by default a MESSAGE is, a SIGNAL is not.',
    '저장 및 목록 조회 여부. 기본적으로 MESSAGE는 저장되고 SIGNAL은 저장되지 않습니다.',
    true,
  ),
});

const limit = said(
  optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)).transform((value) =>
    Math.min(value ?? DEFAULT_MESSAGES, MAX_MESSAGES),
  ),
  'Messages of one answer, 20 by default. More than 100 counts as 100.',
  '응답당 메시지 수, 기본값 20. 100을 초과하면 100으로 처리됩니다.',
  20,
);
const messageIdFilter = said(
  optional(text(MAX_MESSAGE_ID_CHARACTERS)),
  'The message to go on from; it is not listed itself.',
  '기준 메시지 ID. 기준 메시지는 포함되지 않습니다.',
  '2026-11-21T12:00:00.123456789Z',
);

export const channelMessagesQuery = z.object({
  messageId: messageIdFilter,
  direction: said(
    optional(z.enum(['BEFORE', 'AFTER'], 'takes BEFORE, AFTER')).transform((value) => value ?? 'BEFORE'),
    'Older ones (BEFORE, default) or newer ones (AFTER); those nearest to the message come first.',
    '이전(BEFORE, 기본값) 또는 이후(AFTER) 메시지. 기준 메시지에 가까운 순서입니다.',
    'BEFORE',
  ),
  limit,
});

export const channelMessagesByIdQuery = z.object({
  channelMessageId: messageIdFilter,
  sortBy: said(
    optional(z.enum(['GREATER_THAN', 'LESS_THAN'], 'takes GREATER_THAN, LESS_THAN')).transform(
      (value) => value ?? 'GREATER_THAN',
    ),
    'Newer ones (GREATER_THAN, default) or older ones (LESS_THAN).',
    '이후(GREATER_THAN, 기본값) 또는 이전(LESS_THAN) 메시지.',
    'GREATER_THAN',
  ),
  limit,
});

const { page, pageSize } = pageQuery([]);
export const channelMembersQuery = z.object({ page, pageSize });

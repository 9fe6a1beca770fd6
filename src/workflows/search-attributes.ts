import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What operators can list by (6 Keyword columns of 10). Never a secret: they are plain text. */
export const roomStateAttribute = defineSearchAttributeKey('RoomState', SearchAttributeType.KEYWORD);
export const vodStateAttribute = defineSearchAttributeKey('VodState', SearchAttributeType.KEYWORD);
export const streamKeyStateAttribute = defineSearchAttributeKey(
  'StreamKeyState',
  SearchAttributeType.KEYWORD,
);
export const appIdAttribute = defineSearchAttributeKey('AppId', SearchAttributeType.KEYWORD);
export const memberIdAttribute = defineSearchAttributeKey('MemberId', SearchAttributeType.KEYWORD);
export const roomIdAttribute = defineSearchAttributeKey('RoomId', SearchAttributeType.KEYWORD);

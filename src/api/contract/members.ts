import { memberBody } from '../schemas/member';
import { member } from './entities/member';
import { streamKey } from './entities/stream-key';
import { operation } from './operation';

/** Members, as the app's backend manages them. */
export const membersContract = {
  upsertMember: operation({
    id: 'AppsServerApiMembersController_upsertMember',
    tag: 'members',
    method: 'post',
    path: '/members',
    summary: { en: 'Register or update a member', ko: '멤버 등록 또는 수정' },
    body: memberBody,
    bodyExample: { appUserId: 'alice', appUserName: 'Alice' },
    answer: { status: 201, schema: member },
    errors: ['EMPTY_APP_USER_ID', 'INVALID_APP_USER_ID_FORMAT'],
  }),
  getMemberStreamKey: operation({
    id: 'AppsServerApiMembersController_getMemberStreamKey',
    tag: 'members',
    method: 'get',
    path: '/members/{appUserId}/stream-key',
    summary: { en: "Get a member's stream key", ko: '멤버의 스트림키 조회' },
    answer: { status: 200, schema: streamKey },
    errors: ['MEMBER_NOT_FOUND', 'STREAM_KEY_NOT_FOUND'],
  }),
} as const;

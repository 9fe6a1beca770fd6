import { memberBody, memberChange, membersQuery } from '../schemas/member';
import { member } from './entities/member';
import { pageOf } from './entities/page';
import { streamKey } from './entities/stream-key';
import { operation } from './operation';
import { MEMBER_OF_APP } from './shared';

/** Members, as the app's backend manages them. */
export const membersContract = {
  upsertMember: operation({
    id: 'AppsServerApiMembersController_upsertMember',
    tag: 'members',
    method: 'post',
    path: '/members',
    summary: { en: 'Register or update a member', ko: '멤버 등록 또는 수정' },
    description: {
      en: 'A new member gets its stream key with it. Of one that exists, what the body names is changed, and null removes. One that was deleted is there again, with a new key.',
      ko: '새 멤버는 스트림키와 함께 생성됩니다. 이미 있는 멤버는 본문에 있는 값만 변경되며 null은 값을 삭제합니다. 삭제된 멤버는 새 스트림키로 다시 등록됩니다.',
    },
    body: memberBody,
    bodyExample: { appUserId: 'alice', appUserName: 'Alice' },
    answer: { status: 201, schema: member },
    errors: ['EMPTY_APP_USER_ID', 'INVALID_APP_USER_ID_FORMAT'],
  }),
  listMembers: operation({
    id: 'AppsServerApiMembersController_listMembers',
    tag: 'members',
    method: 'get',
    path: '/members',
    summary: { en: 'List members', ko: '멤버 목록 조회' },
    query: membersQuery,
    answer: { status: 200, schema: pageOf(member) },
    errors: [],
  }),
  getMember: operation({
    id: 'AppsServerApiMembersController_getMember',
    tag: 'members',
    method: 'get',
    path: '/members/{appUserId}',
    summary: { en: 'Get a member', ko: '멤버 조회' },
    parameters: MEMBER_OF_APP,
    answer: { status: 200, schema: member },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  updateMember: operation({
    id: 'AppsServerApiMembersController_updateMember',
    tag: 'members',
    method: 'patch',
    path: '/members/{appUserId}',
    summary: { en: 'Update a member', ko: '멤버 수정' },
    description: {
      en: 'Changes what the body names; null removes a value.',
      ko: '본문에 있는 값만 변경하며 null은 값을 삭제합니다.',
    },
    parameters: MEMBER_OF_APP,
    body: memberChange,
    bodyExample: { appUserName: 'Alice B.', appUserProfileImgUrl: null },
    answer: { status: 200, schema: member },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  deleteMember: operation({
    id: 'AppsServerApiMembersController_deleteMember',
    tag: 'members',
    method: 'delete',
    path: '/members/{appUserId}',
    summary: { en: 'Delete members', ko: '멤버 삭제' },
    description: {
      en: 'All of them or none: where one is unknown, or its stream key is in use, or a room of it is live, nothing is deleted. Their stream keys and relations go too, and their scheduled broadcasts are cancelled.',
      ko: '모두 삭제되거나 하나도 삭제되지 않습니다. 존재하지 않는 멤버, 사용 중인 스트림키 또는 라이브 중인 비디오룸이 있으면 거절됩니다. 스트림키와 관계도 함께 삭제되고 예정된 방송은 취소됩니다.',
    },
    parameters: {
      appUserId: {
        en: 'One of your own ids, or several separated by commas (100 at most).',
        ko: 'appUserId 하나 또는 쉼표로 구분한 여러 개(최대 100개).',
      },
    },
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND', 'MEMBER_IN_USE', 'INVALID_REQUEST', 'CONTROL_PLANE_UNAVAILABLE'],
  }),
  getMemberStreamKey: operation({
    id: 'AppsServerApiMembersController_getMemberStreamKey',
    tag: 'members',
    method: 'get',
    path: '/members/{appUserId}/stream-key',
    summary: { en: "Get a member's stream key", ko: '멤버의 스트림키 조회' },
    parameters: MEMBER_OF_APP,
    answer: { status: 200, schema: streamKey },
    errors: ['MEMBER_NOT_FOUND', 'STREAM_KEY_NOT_FOUND'],
  }),
  forceTerminateMemberStreamKey: operation({
    id: 'AppsServerApiMembersController_forceTerminateMemberStreamKey',
    tag: 'members',
    method: 'post',
    path: '/members/{appUserId}/stream-key/force-terminate',
    summary: {
      en: "Cut a member's encoder, end its broadcast and replace the key",
      ko: '멤버의 스트림키 강제 종료',
    },
    description: {
      en: 'The key is INACTIVE afterwards and has a new name. A running broadcast ends at once and is not kept as a VOD. Where nothing is published, nothing changes.',
      ko: '스트림키는 INACTIVE가 되고 새 키로 교체됩니다. 진행 중인 방송은 즉시 종료되며 VOD로 저장되지 않습니다. 송출 중이 아니면 아무것도 바뀌지 않습니다.',
    },
    parameters: MEMBER_OF_APP,
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND', 'STREAM_KEY_NOT_FOUND', 'CONTROL_PLANE_UNAVAILABLE'],
  }),
} as const;

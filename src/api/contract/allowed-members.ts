import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { TIME_SORTS } from '../../store/page';
import { pageQuery } from '../schemas/page';
import { member } from './entities/member';
import { pageOf } from './entities/page';
import { operation, type TagName } from './operation';
import { POST_PATH, ROOM_PATH } from './shared';

/** What has an allow-list: the words by which its operations differ. */
const ROOM = {
  tag: 'videoRooms',
  at: `${ROOM_PATH}/allowed-members`,
  id: 'AppsServerApiVideoRoomsController',
  notFound: 'VIDEO_ROOM_NOT_FOUND',
} as const satisfies Listed;
const POST = {
  tag: 'videoPosts',
  at: `${POST_PATH}/allowed-members`,
  id: 'AppsServerApiVideoPostsController',
  notFound: 'VIDEO_POST_NOT_FOUND',
} as const satisfies Listed;

interface Listed {
  tag: TagName;
  at: `/${string}`;
  id: string;
  notFound: ErrorCode;
}

const allowedMembersQuery = z.object(pageQuery(TIME_SORTS));

const allow = <const L extends Listed>({ tag, at, id, notFound }: L) =>
  operation({
    id: `${id}_allowMember`,
    tag,
    method: 'put',
    path: `${at}/{appUserId}`,
    summary: { en: 'Allow a member to watch', ko: '멤버에게 시청 허용' },
    description: {
      en: 'Counts while the access level is RESTRICTED. Allowing a member twice is no error.',
      ko: '접근 수준이 RESTRICTED일 때 적용됩니다. 이미 허용된 멤버를 다시 허용해도 오류가 아닙니다.',
    },
    answer: { status: 204 },
    errors: [notFound, 'MEMBER_NOT_FOUND'],
  });

const disallow = <const L extends Listed>({ tag, at, id, notFound }: L) =>
  operation({
    id: `${id}_disallowMember`,
    tag,
    method: 'delete',
    path: `${at}/{appUserId}`,
    summary: { en: 'Take a member off the allow-list', ko: '허용 목록에서 멤버 제거' },
    description: {
      en: 'Whoever is watching is cut within 30 seconds. A member who is not on the list is no error.',
      ko: '시청 중이면 30초 안에 중단됩니다. 목록에 없는 멤버를 제거해도 오류가 아닙니다.',
    },
    answer: { status: 204 },
    errors: [notFound, 'MEMBER_NOT_FOUND'],
  });

const list = <const L extends Listed>({ tag, at, id, notFound }: L) =>
  operation({
    id: `${id}_listAllowedMembers`,
    tag,
    method: 'get',
    path: at,
    summary: { en: 'List the allowed members', ko: '허용된 멤버 목록 조회' },
    description: {
      en: 'Ordered by when a member was put on the list, or was changed.',
      ko: '허용된 시각 또는 멤버가 수정된 시각으로 정렬합니다.',
    },
    query: allowedMembersQuery,
    answer: { status: 200, schema: pageOf(member) },
    errors: [notFound],
  });

/** Who may watch a room or a post of access level RESTRICTED. Paths are ours. */
export const allowedMembersContract = {
  allowInRoom: allow(ROOM),
  disallowInRoom: disallow(ROOM),
  listAllowedInRoom: list(ROOM),
  allowInPost: allow(POST),
  disallowInPost: disallow(POST),
  listAllowedInPost: list(POST),
} as const;

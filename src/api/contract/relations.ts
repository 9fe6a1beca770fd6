import { relationsQuery } from '../schemas/member';
import { pageOf } from './entities/page';
import { friendship, relation } from './entities/relation';
import { operation, type PathParameters } from './operation';
import { MEMBER_OF_APP } from './shared';

const PAIR: PathParameters = {
  ...MEMBER_OF_APP,
  targetAppUserId: { en: 'Your own id of the other member.', ko: '상대 멤버의 appUserId.' },
};

const MEMBER = '/members/{appUserId}';
const FOLLOWING = `${MEMBER}/followings/{targetAppUserId}` as const;
const FRIEND = `${MEMBER}/friends/{targetAppUserId}` as const;

const MEMBER_EXAMPLE = {
  id: 12,
  state: 'ACTIVE',
  appUserId: 'bob',
  appUserName: 'Bob',
  appUserProfileImgUrl: null,
} as const;
const RELATION_EXAMPLE = { member: MEMBER_EXAMPLE, createdAt: '2026-11-21T12:00:00.000Z' };

/** Who follows whom and who is whose friend: what the access levels FOLLOWER and FRIEND go by. Paths are ours. */
export const relationsContract = {
  putFollowing: operation({
    id: 'AppsServerApiRelationsController_putFollowing',
    tag: 'relations',
    method: 'put',
    path: FOLLOWING,
    summary: { en: 'Follow a member', ko: '멤버 팔로우' },
    description: {
      en: 'From now on the member may watch what the other one opens to followers. Safe to repeat.',
      ko: '이후 상대 멤버가 팔로워에게 공개한 콘텐츠를 시청할 수 있습니다. 반복 호출해도 안전합니다.',
    },
    parameters: PAIR,
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND', 'RELATION_TO_ONESELF'],
  }),
  deleteFollowing: operation({
    id: 'AppsServerApiRelationsController_deleteFollowing',
    tag: 'relations',
    method: 'delete',
    path: FOLLOWING,
    summary: { en: 'Stop following a member', ko: '멤버 언팔로우' },
    parameters: PAIR,
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  getFollowing: operation({
    id: 'AppsServerApiRelationsController_getFollowing',
    tag: 'relations',
    method: 'get',
    path: FOLLOWING,
    summary: { en: 'See whether a member follows another one', ko: '팔로우 여부 조회' },
    parameters: PAIR,
    answer: { status: 200, schema: relation, example: RELATION_EXAMPLE },
    errors: ['MEMBER_NOT_FOUND', 'RELATION_NOT_FOUND'],
  }),
  listFollowings: operation({
    id: 'AppsServerApiRelationsController_listFollowings',
    tag: 'relations',
    method: 'get',
    path: `${MEMBER}/followings`,
    summary: { en: 'List whom a member follows', ko: '팔로잉 목록 조회' },
    parameters: MEMBER_OF_APP,
    query: relationsQuery,
    answer: { status: 200, schema: pageOf(relation) },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  listFollowers: operation({
    id: 'AppsServerApiRelationsController_listFollowers',
    tag: 'relations',
    method: 'get',
    path: `${MEMBER}/followers`,
    summary: { en: 'List who follows a member', ko: '팔로워 목록 조회' },
    parameters: MEMBER_OF_APP,
    query: relationsQuery,
    answer: { status: 200, schema: pageOf(relation) },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  putFriend: operation({
    id: 'AppsServerApiRelationsController_putFriend',
    tag: 'relations',
    method: 'put',
    path: FRIEND,
    summary: { en: 'Ask a member for friendship, or accept', ko: '친구 요청 또는 수락' },
    description: {
      en: 'Two members are friends once each has put the other. Safe to repeat.',
      ko: '두 멤버가 서로를 등록하면 친구가 됩니다. 반복 호출해도 안전합니다.',
    },
    parameters: PAIR,
    answer: { status: 200, schema: friendship, example: { member: MEMBER_EXAMPLE, confirmed: true } },
    errors: ['MEMBER_NOT_FOUND', 'RELATION_TO_ONESELF'],
  }),
  deleteFriend: operation({
    id: 'AppsServerApiRelationsController_deleteFriend',
    tag: 'relations',
    method: 'delete',
    path: FRIEND,
    summary: {
      en: 'End a friendship, or decline or take back a request',
      ko: '친구 삭제 또는 요청 거절·취소',
    },
    parameters: PAIR,
    answer: { status: 204 },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  listFriends: operation({
    id: 'AppsServerApiRelationsController_listFriends',
    tag: 'relations',
    method: 'get',
    path: `${MEMBER}/friends`,
    summary: { en: "List a member's friends", ko: '친구 목록 조회' },
    parameters: MEMBER_OF_APP,
    query: relationsQuery,
    answer: { status: 200, schema: pageOf(relation) },
    errors: ['MEMBER_NOT_FOUND'],
  }),
  listFriendRequests: operation({
    id: 'AppsServerApiRelationsController_listFriendRequests',
    tag: 'relations',
    method: 'get',
    path: `${MEMBER}/friend-requests`,
    summary: { en: 'List who asks a member for friendship', ko: '받은 친구 요청 목록 조회' },
    parameters: MEMBER_OF_APP,
    query: relationsQuery,
    answer: { status: 200, schema: pageOf(relation) },
    errors: ['MEMBER_NOT_FOUND'],
  }),
} as const;

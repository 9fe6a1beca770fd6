import { member } from './entities/member';
import { streamKey } from './entities/stream-key';
import { operation } from './operation';

/** The member itself. */
export const meContract = {
  getMe: operation({
    id: 'MembersApiMembersController_getMe',
    tag: 'me',
    method: 'get',
    path: '',
    summary: { en: 'Get myself', ko: '내 정보 조회' },
    answer: { status: 200, schema: member },
    errors: [],
  }),
  getMyStreamKey: operation({
    id: 'MembersApiStreamKeysController_getStreamKey',
    tag: 'streamKeys',
    method: 'get',
    path: '/stream-key',
    summary: { en: 'Get my stream key', ko: '내 스트림키 조회' },
    answer: { status: 200, schema: streamKey },
    errors: ['MEMBER_IS_GUEST'],
  }),
} as const;
